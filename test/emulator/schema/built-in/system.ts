/** What the platform keeps about itself: the organization, its messages, jobs and solutions. */
import type { TableDefinition, TableDefinitions } from "../definition.ts";
import { columns, link, numbered, text } from "./form.ts";

const kept: Pick<TableDefinition, "ownership" | "bulk" | "change_tracking"> = {
  ownership: "none",
  bulk: false,
  change_tracking: false,
};

export const system: TableDefinitions = {
  organization: {
    ...kept,
    schema_name: "Organization",
    label: "Organization",
    object_type_code: 1019,
    primary_name: "name",
    columns: columns({
      Name: text(160),
      LanguageCode: { type: "integer" },
      PricingDecimalPrecision: { type: "integer", min: 0, max: 4 },
      CurrencyDecimalPrecision: { type: "integer", min: 0, max: 4 },
      BaseCurrencyId: link("basecurrencyid", "transactioncurrency", "basecurrency_organization", "Restrict"),
      BaseCurrencyPrecision: { type: "integer", min: 0, max: 4 },
      IsAuditEnabled: { type: "boolean" },
      MaxUploadFileSize: { type: "integer" },
    }),
  },
  sdkmessage: {
    ...kept,
    schema_name: "SdkMessage",
    label: "Sdk Message",
    object_type_code: 4606,
    primary_name: "name",
    columns: columns({
      Name: text(256),
      IsPrivate: { type: "boolean" },
      IsActive: { type: "boolean" },
    }),
  },
  sdkmessagefilter: {
    ...kept,
    schema_name: "SdkMessageFilter",
    label: "Sdk Message Filter",
    object_type_code: 4607,
    primary_name: "name",
    columns: columns({
      Name: text(256),
      PrimaryObjectTypeCode: { ...text(4000), kind: "entityname" },
      SecondaryObjectTypeCode: { ...text(4000), kind: "entityname" },
      IsVisible: { type: "boolean" },
      SdkMessageId: link("sdkmessageid", "sdkmessage", "sdkmessageid_sdkmessagefilter", "Cascade"),
    }),
  },
  asyncoperation: {
    schema_name: "AsyncOperation",
    label: "System Job",
    object_type_code: 4700,
    bulk: false,
    change_tracking: false,
    primary_name: "name",
    columns: columns({
      Name: text(256, "System Job Name"),
      OperationType: { type: "choice", label: "System Job Type", options: { 1: "System Event", 13: "Bulk Delete" } },
      MessageName: text(160),
      FriendlyMessage: { type: "memo", max_length: 500_000, label: "Message" },
      ErrorCode: { type: "integer" },
      StartedOn: { type: "datetime" },
      CompletedOn: { type: "datetime" },
      StateCode: {
        type: "state",
        label: "Status",
        options: numbered(["Ready", "Suspended", "Locked", "Completed"], 0),
        default: 0,
        required: "SystemRequired",
      },
      StatusCode: {
        type: "status",
        label: "Status Reason",
        options: {
          0: { label: "Waiting For Resources", state: 0 },
          10: { label: "Waiting", state: 1 },
          20: { label: "In Progress", state: 2 },
          21: { label: "Pausing", state: 2 },
          22: { label: "Canceling", state: 2 },
          30: { label: "Succeeded", state: 3 },
          31: { label: "Failed", state: 3 },
          32: { label: "Canceled", state: 3 },
        },
      },
    }),
  },
  publisher: {
    ...kept,
    schema_name: "Publisher",
    label: "Publisher",
    object_type_code: 7101,
    primary_name: "friendlyname",
    columns: columns({
      FriendlyName: text(256, "Display Name"),
      UniqueName: text(256, "Name"),
      CustomizationPrefix: text(8, "Prefix"),
      CustomizationOptionValuePrefix: { type: "integer", min: 10_000, max: 99_999, label: "Option Value Prefix" },
    }),
  },
  solution: {
    ...kept,
    schema_name: "Solution",
    label: "Solution",
    object_type_code: 7100,
    primary_name: "friendlyname",
    columns: columns({
      FriendlyName: text(256, "Display Name"),
      UniqueName: text(65, "Name"),
      Version: text(256),
      IsManaged: { type: "boolean" },
      PublisherId: link("publisherid", "publisher", "publisher_solution", "Restrict"),
    }),
  },
};
