/** `$metadata`: the entity data model as CSDL. Two passes over the tables make one text; nothing of it is kept. */
import type { Session } from "../environment.ts";
import { annotationsOf } from "../read/annotations.ts";
import type { Table } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import type { PartReply } from "../wire/reply.ts";
import { notAllowed } from "../wire/reply.ts";
import { entityType } from "./csdl-entity.ts";
import { operationImports, operations } from "./csdl-operations.ts";
import { attribute, element } from "./xml.ts";

export function answerCsdl(session: Session, call: Call): PartReply {
  const { part, query } = call;
  if (part.method !== "GET") {
    throw notAllowed(part.method);
  }
  const annotated = query.get("annotations") === "true" || annotationsOf(call).asked !== undefined;
  const headers = { "Content-Type": "application/xml", "OData-Version": "4.0" };
  return { status: 200, headers, body: csdl(session.catalog.tables, annotated) };
}

function csdl(tables: readonly Table[], annotated: boolean): string {
  const schema = element("Schema", { Namespace: "Microsoft.Dynamics.CRM", Alias: "mscrm", xmlns: edm }, [
    '<EntityType Name="crmbaseentity" Abstract="true"/>',
    '<EntityType Name="expando" BaseType="mscrm.crmbaseentity" OpenType="true"/>',
    principal,
    ...tables.map((table) => entityType(tables, table, annotated)),
    ...operations,
    element("EntityContainer", { Name: "System" }, [
      ...tables.map((table) => entitySet(tables, table, annotated)),
      ...operationImports,
    ]),
  ]);
  const references = annotated ? vocabularies.map(reference).join("") : "";
  const edmx = "http://docs.oasis-open.org/odata/ns/edmx";
  return `<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="${edmx}">${references}<edmx:DataServices>${schema}</edmx:DataServices></edmx:Edmx>`;
}

const edm = "http://docs.oasis-open.org/odata/ns/edm";

/** Users and teams are both owners: their key is the principal's. */
const principal =
  '<EntityType Name="principal" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="ownerid"/></Key><Property Name="ownerid" Type="Edm.Guid"/></EntityType>';

const vocabularies = [
  ["http://vocabularies.odata.org/OData.Community.Keys.V1", "OData.Community.Keys.V1"],
  ["http://vocabularies.odata.org/Org.OData.Core.V1", "Org.OData.Core.V1"],
  ["http://vocabularies.odata.org/Org.OData.Capabilities.V1", "Org.OData.Capabilities.V1"],
] as const;

function reference([uri, namespace]: (typeof vocabularies)[number]): string {
  return `<edmx:Reference${attribute("Uri", uri)}><edmx:Include${attribute("Namespace", namespace)}/></edmx:Reference>`;
}

function entitySet(tables: readonly Table[], table: Table, annotated: boolean): string {
  const setOf = (name: string): string | undefined => tables.find((other) => other.name === name)?.setName;
  const bindings: string[] = [];
  const bind = (path: string, target: string): void => {
    const set = setOf(target);
    if (set !== undefined) {
      bindings.push(element("NavigationPropertyBinding", { Path: path, Target: set }));
    }
  };
  for (const [navigation, { targets }] of table.navigations) {
    // A property of several types has no one set.
    if (targets.length === 1 && targets[0] !== undefined) {
      bind(navigation, targets[0]);
    }
  }
  for (const collection of table.collections.values()) {
    bind(collection.name, collection.table);
  }
  const tracking = annotated ? [changeTracking(table)] : [];
  return element("EntitySet", { Name: table.setName, EntityType: `Microsoft.Dynamics.CRM.${table.name}` }, [
    ...bindings,
    ...tracking,
  ]);
}

function changeTracking(table: Table): string {
  const supported = element("PropertyValue", { Property: "Supported", Bool: String(table.changeTracking) });
  return element("Annotation", { Term: "Org.OData.Capabilities.V1.ChangeTracking" }, [
    element("Record", {}, [supported]),
  ]);
}
