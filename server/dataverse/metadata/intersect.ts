/** Many-to-many relationships: the table between two others, whose rows are links, as its metadata tells it. */
import { arrayOf, textOf } from "../text/json.ts";

export interface Side {
  /** Logical name of the table. */
  readonly table: string;
  /** Of the table in between: holds the id of this side's row. */
  readonly attribute: string;
  /** Collection of this side's rows that holds those of the other; case-sensitive. */
  readonly navigation: string;
}

export interface Intersect {
  /** As the service calls itself, e.g. `https://contoso.crm.dynamics.com/api/data/v9.2`: links name their rows in full. */
  readonly root: string;
  readonly first: Side;
  readonly second: Side;
}

const name = /^\w{1,128}$/;
const rootOfContext = /^(https?:\/\/[^\s"\\?#]{1,255}\/api\/data\/v9\.\d)\/\$metadata/;

/** Relative to the service root; read for tables that their definition calls an intersect. */
export function intersectPath(logicalName: string): string {
  return (
    "RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata" +
    "?$select=IntersectEntityName,Entity1LogicalName,Entity1IntersectAttribute,Entity1NavigationPropertyName," +
    "Entity2LogicalName,Entity2IntersectAttribute,Entity2NavigationPropertyName" +
    `&$filter=IntersectEntityName%20eq%20'${logicalName}'`
  );
}

/** @returns undefined where the answer does not tell all of it. */
export function readIntersect(answer: unknown): Intersect | undefined {
  const [relationship] = arrayOf(answer, "value");
  const root = rootOfContext.exec(textOf(answer, "@odata.context") ?? "")?.[1];
  const first = readSide(relationship, "Entity1");
  const second = readSide(relationship, "Entity2");
  return root === undefined || first === undefined || second === undefined ? undefined : { root, first, second };
}

function readSide(relationship: unknown, side: "Entity1" | "Entity2"): Side | undefined {
  const table = textOf(relationship, `${side}LogicalName`);
  const attribute = textOf(relationship, `${side}IntersectAttribute`);
  const navigation = textOf(relationship, `${side}NavigationPropertyName`);
  if (table === undefined || attribute === undefined || navigation === undefined) return undefined;
  return [table, attribute, navigation].every((each) => name.test(each)) ? { table, attribute, navigation } : undefined;
}
