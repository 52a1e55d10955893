/** Bodies of the metadata API as clients send them. */

type Body = Readonly<Record<string, unknown>>;

export function label(text: string): Body {
  return {
    "@odata.type": "Microsoft.Dynamics.CRM.Label",
    LocalizedLabels: [{ "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", Label: text, LanguageCode: 1033 }],
  };
}

/** `kind`: `String`, `Picklist`. */
export function attribute(kind: string, schemaName: string, further: Body = {}): Body {
  return {
    "@odata.type": `Microsoft.Dynamics.CRM.${kind}AttributeMetadata`,
    SchemaName: schemaName,
    DisplayName: label(schemaName),
    RequiredLevel: { Value: "None" },
    ...further,
  };
}

export function entity(schemaName: string, attributes: readonly Body[] = [], further: Body = {}): Body {
  return {
    "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata",
    SchemaName: schemaName,
    DisplayName: label("Widget"),
    DisplayCollectionName: label("Widgets"),
    Description: label("A table of a test"),
    OwnershipType: "UserOwned",
    HasActivities: false,
    HasNotes: true,
    IsActivity: false,
    Attributes: [attribute("String", "new_Name", { MaxLength: 200, IsPrimaryName: true }), ...attributes],
    ...further,
  };
}

export function oneToMany(schemaName: string, from: string, to: string, further: Body = {}): Body {
  return {
    "@odata.type": "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
    SchemaName: schemaName,
    ReferencedEntity: to,
    ReferencingEntity: from,
    ReferencedAttribute: `${to}id`,
    CascadeConfiguration: { Assign: "NoCascade", Delete: "RemoveLink" },
    Lookup: attribute("Lookup", "new_Target", {
      AttributeType: "Lookup",
      AttributeTypeName: { Value: "LookupType" },
    }),
    ...further,
  };
}

export function manyToMany(schemaName: string, one: string, other: string): Body {
  return {
    "@odata.type": "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata",
    SchemaName: schemaName,
    Entity1LogicalName: one,
    Entity2LogicalName: other,
    IntersectEntityName: schemaName,
  };
}

export function choice(name: string, labels: readonly string[]): Body {
  return {
    "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata",
    Name: name,
    IsGlobal: true,
    OptionSetType: "Picklist",
    DisplayName: label(name),
    Options: labels.map((text) => ({ Label: label(text) })),
  };
}
