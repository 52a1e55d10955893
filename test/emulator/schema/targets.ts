/** Where a lookup column may point: navigation property, relationship and collection for every table, by the service's habits. */
import type { ColumnDefinition, TargetDefinition } from "./definition.ts";
import { SchemaError } from "./schema-error.ts";
import type { Target } from "./types.ts";

const onDelete: ReadonlySet<string> = new Set(["RemoveLink", "Restrict", "Cascade", "NoCascade"]);

/** `table` is the one that holds the column. */
export function targetsOf(table: string, column: string, definition: ColumnDefinition): readonly Target[] {
  const forms = formsOf(column, definition);
  const isLookup = definition.type === "lookup" || definition.type === "customer";
  if (isLookup && forms.length === 0) {
    throw new SchemaError(`${table}.${column} is a lookup without targets`);
  }
  const schemaName = definition.schema_name ?? column;
  return forms.map(([target, { navigation, relationship, collection, on_delete }]) => {
    if (on_delete !== undefined && !onDelete.has(on_delete)) {
      throw new SchemaError(
        `${table}.${column} has the unknown on_delete ${on_delete}; known: ${[...onDelete].join(", ")}`,
      );
    }
    const name = relationship ?? `${target}_${table}_${schemaName}`;
    return {
      table: target,
      navigation: navigation ?? (forms.length === 1 ? schemaName : `${schemaName}_${target}`),
      relationship: name,
      collection: collection ?? name,
      onDelete: on_delete ?? "RemoveLink",
    };
  });
}

function formsOf(column: string, definition: ColumnDefinition): readonly (readonly [string, TargetDefinition])[] {
  const { schema_name: schemaName = column, targets = definition.type === "customer" ? ["account", "contact"] : [] } =
    definition;
  if (isList(targets)) {
    const named = definition.type === "customer" || targets.length > 1;
    return targets.map((target) => [target, { navigation: named ? `${schemaName}_${target}` : schemaName }]);
  }
  return Object.entries(targets).map(([target, form]) => [
    target,
    typeof form === "string" ? { navigation: form } : form,
  ]);
}

function isList(targets: unknown): targets is readonly string[] {
  return Array.isArray(targets);
}
