/** The refusal of a row whose alternate key another row holds. It names the key and the new row, never the one that is there. */
import type { AlternateKey, Column, Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { Stored } from "./values.ts";

interface Refused {
  readonly id: string;
  readonly values: readonly Stored[];
}

export function duplicateKey(table: Table, key: AlternateKey, row: Refused): ServiceError {
  const columns = key.columns.map((column) => column.label).join(", ");
  return new ServiceError(
    412,
    codes.duplicateKey,
    `Entity Key ${key.label} violated. A record with the same value for ${columns} already exists. A duplicate record cannot be created. Select one or more unique values and try again.`,
    () => ({
      DuplicateAttributes: `<DuplicateAttributes>${elements(key.columns, row)}</DuplicateAttributes>`,
      DuplicateEntity: `<Entity><LogicalName>${table.name}</LogicalName><Id>${row.id}</Id><Attributes>${elements(table.columns, row)}</Attributes></Entity>`,
      "0": key.label,
      "1": columns,
    }),
  );
}

/** Columns without a value are left out. */
function elements(columns: readonly Column[], { values }: Refused): string {
  return columns
    .map(({ name, ordinal }) => {
      const value = values[ordinal] ?? null;
      return value === null ? "" : `<${name}>${escaped(value)}</${name}>`;
    })
    .join("");
}

function escaped(value: Stored): string {
  const text = typeof value === "object" && value !== null ? value.id : String(value);
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
