/** Functions and actions in the CSDL: every name here must be one that `messages/` answers. */
import { element } from "./xml.ts";

type Fields = Readonly<Record<string, string>>;

const collectionOfRows = "Collection(mscrm.crmbaseentity)";

const functions: Readonly<Record<string, { readonly parameters: Fields; readonly result: Fields }>> = {
  WhoAmI: {
    parameters: {},
    result: { BusinessUnitId: "Edm.Guid", UserId: "Edm.Guid", OrganizationId: "Edm.Guid" },
  },
  RetrieveVersion: { parameters: {}, result: { Version: "Edm.String" } },
  RetrieveTotalRecordCount: {
    parameters: { EntityNames: "Collection(Edm.String)" },
    result: { EntityRecordCountCollection: "mscrm.EntityRecordCountCollection" },
  },
};

/** Bound to the rows of a table. */
const bulk: Readonly<Record<string, Fields>> = {
  CreateMultiple: { Ids: "Collection(Edm.Guid)" },
  UpdateMultiple: {},
  UpsertMultiple: {},
  DeleteMultiple: {},
};

const unboundActions: Readonly<Record<string, Fields>> = {
  PublishXml: { ParameterXml: "Edm.String" },
  PublishAllXml: {},
  ReactivateEntityKey: { EntityLogicalName: "Edm.String", EntityKeyLogicalName: "Edm.String" },
  InsertOptionValue: {
    OptionSetName: "Edm.String",
    EntityLogicalName: "Edm.String",
    AttributeLogicalName: "Edm.String",
    Value: "Edm.Int32",
    SolutionUniqueName: "Edm.String",
  },
};

/** Complex types, functions and actions, in the order that a schema has them. */
export const operations: readonly string[] = [
  element("ComplexType", { Name: "EntityRecordCountCollection" }, [
    element("Property", { Name: "Count", Type: "Edm.Int32" }),
    ...properties({ Keys: "Collection(Edm.String)", Values: "Collection(Edm.Int64)" }),
  ]),
  ...Object.entries(functions).map(([name, { result }]) => complexType(`${name}Response`, result)),
  ...Object.entries(bulk)
    .filter(([, result]) => Object.keys(result).length > 0)
    .map(([name, result]) => complexType(`${name}Response`, result)),
  complexType("InsertOptionValueResponse", { NewOptionValue: "Edm.Int32" }),
  ...Object.entries(functions).map(([name, form]) =>
    element("Function", { Name: name }, [...parameters(form.parameters), returns(name)]),
  ),
  ...Object.entries(bulk).map(([name, result]) =>
    element("Action", { Name: name, IsBound: "true" }, [
      element("Parameter", { Name: "entityset", Type: collectionOfRows, Nullable: "false" }),
      element("Parameter", { Name: "Targets", Type: collectionOfRows, Nullable: "false" }),
      ...(Object.keys(result).length === 0 ? [] : [returns(name)]),
    ]),
  ),
  ...Object.entries(unboundActions).map(([name, form]) =>
    element("Action", { Name: name }, [...parameters(form), ...(name === "InsertOptionValue" ? [returns(name)] : [])]),
  ),
];

export const operationImports: readonly string[] = [
  ...Object.keys(functions).map((name) =>
    element("FunctionImport", { Name: name, Function: `Microsoft.Dynamics.CRM.${name}` }),
  ),
  ...Object.keys(unboundActions).map((name) =>
    element("ActionImport", { Name: name, Action: `Microsoft.Dynamics.CRM.${name}` }),
  ),
];

function complexType(name: string, fields: Fields): string {
  return element("ComplexType", { Name: name }, properties(fields));
}

function properties(fields: Fields): readonly string[] {
  return Object.entries(fields).map(([name, type]) => element("Property", { Name: name, Type: type }));
}

function parameters(fields: Fields): readonly string[] {
  return Object.entries(fields).map(([name, type]) => element("Parameter", { Name: name, Type: type }));
}

function returns(name: string): string {
  return element("ReturnType", { Type: `mscrm.${name}Response`, Nullable: "false" });
}
