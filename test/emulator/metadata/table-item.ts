/** A table as an EntityMetadata. */
import { stableGuid } from "../core/stable-guid.ts";
import type { Catalog } from "../rows/catalog.ts";
import type { Table } from "../schema/types.ts";
import { attributeItems } from "./attribute-item.ts";
import type { Item, MetadataObject } from "./item.ts";
import { label, managed } from "./item.ts";
import { keyItem } from "./key-item.ts";
import { manyToManyItems, manyToOneItems, oneToManyItems } from "./relationship-item.ts";

export function tableId(table: Table): string {
  return stableGuid(table.name);
}

export function tableItem(catalog: Catalog, table: Table): Item {
  return {
    type: "EntityMetadata",
    base: { ...names(table), ...traits(table), ...fixed(table) },
    extra: {},
    links: {
      Attributes: { type: "AttributeMetadata", items: () => attributeItems(catalog, table) },
      Keys: { type: "EntityKeyMetadata", items: () => table.keys.map((key) => keyItem(table, key)) },
      ManyToOneRelationships: {
        type: "OneToManyRelationshipMetadata",
        items: () => manyToOneItems(catalog, table),
      },
      OneToManyRelationships: {
        type: "OneToManyRelationshipMetadata",
        items: () => oneToManyItems(catalog, table),
      },
      ManyToManyRelationships: {
        type: "ManyToManyRelationshipMetadata",
        items: () => manyToManyItems(catalog, table),
      },
      Settings: { type: "EntitySetting", items: () => [] },
    },
  };
}

function names(table: Table): MetadataObject {
  return {
    MetadataId: tableId(table),
    HasChanged: null,
    LogicalName: table.name,
    SchemaName: table.schemaName,
    EntitySetName: table.setName,
    LogicalCollectionName: table.setName,
    CollectionSchemaName: collectionSchemaName(table),
    PrimaryIdAttribute: table.primaryId.name,
    PrimaryNameAttribute: table.kind === "intersect" ? null : table.primaryName,
    PrimaryImageAttribute: table.primaryImage ?? null,
    ObjectTypeCode: table.objectTypeCode,
    DisplayName: label(table.label),
    DisplayCollectionName: label(table.collectionLabel),
    Description: label(table.description),
  };
}

/** The set's name with the upper case of the table's. */
function collectionSchemaName({ schemaName, setName }: Table): string {
  const shared = setName.toLowerCase().startsWith(schemaName.toLowerCase());
  return shared ? schemaName + setName.slice(schemaName.length) : setName;
}

function traits(table: Table): MetadataObject {
  const elastic = table.kind === "elastic";
  return {
    TableType: elastic ? "Elastic" : "Standard",
    OwnershipType: table.ownership,
    IsActivity: table.kind === "activity",
    IsActivityParty: false,
    IsIntersect: table.kind === "intersect",
    IsCustomEntity: table.custom,
    IsLogicalEntity: false,
    ChangeTrackingEnabled: table.changeTracking,
    CanChangeTrackingBeEnabled: managed(true, "canchangetrackingbeenabled"),
    IsOptimisticConcurrencyEnabled: table.kind !== "intersect",
    HasActivities: table.activities,
    HasNotes: table.notes,
    HasFeedback: false,
    IsValidForAdvancedFind: table.kind !== "intersect",
    DataProviderId: elastic ? "1d9bde74-9ebd-4da9-8ff5-aa74945b9f74" : null,
    DataSourceId: null,
    ExternalName: null,
    ExternalCollectionName: null,
  };
}

function fixed(table: Table): MetadataObject {
  return {
    ActivityTypeMask: table.kind === "activity" ? 1 : 0,
    AutoRouteToOwnerQueue: false,
    AutoCreateAccessTeams: false,
    CanBeInManyToMany: managed(true, "canbeinmanytomany"),
    CanBePrimaryEntityInRelationship: managed(true, "canbeprimaryentityinrelationship"),
    CanBeRelatedEntityInRelationship: managed(true, "canberelatedentityinrelationship"),
    CanCreateAttributes: managed(table.kind !== "intersect", "cancreateattributes"),
    CanCreateCharts: managed(true, "cancreatecharts"),
    CanCreateForms: managed(true, "cancreateforms"),
    CanCreateViews: managed(true, "cancreateviews"),
    CanEnableSyncToExternalSearchIndex: managed(true, "canenablesynctoexternalsearchindex"),
    CanModifyAdditionalSettings: managed(true, "canmodifyadditionalsettings"),
    CanTriggerWorkflow: true,
    DaysSinceRecordLastModified: 0,
    EnforceStateTransitions: false,
    EntityColor: null,
    EntityHelpUrl: null,
    EntityHelpUrlEnabled: false,
    IconLargeName: null,
    IconMediumName: null,
    IconSmallName: null,
    IconVectorName: null,
    IntroducedVersion: "1.0.0.0",
    IsAIRUpdated: false,
    IsAuditEnabled: managed(false, "canmodifyauditsettings"),
    IsAvailableOffline: true,
    IsBPFEntity: false,
    IsBusinessProcessEnabled: false,
    IsChildEntity: false,
    IsConnectionsEnabled: managed(false, "canmodifyconnectionsettings"),
    IsCustomizable: managed(true, "iscustomizable"),
    IsDocumentManagementEnabled: false,
    IsDocumentRecommendationsEnabled: false,
    IsDuplicateDetectionEnabled: managed(false, "canmodifyduplicatedetectionsettings"),
    IsEnabledForCharts: true,
    IsEnabledForExternalChannels: false,
    IsEnabledForTrace: false,
    IsImportable: true,
    IsInteractionCentricEnabled: false,
    IsKnowledgeManagementEnabled: false,
    IsMailMergeEnabled: managed(false, "canmodifymailmergesettings"),
    IsManaged: false,
    IsMappable: managed(true, "ismappable"),
    IsMSTeamsIntegrationEnabled: false,
    IsOfflineInMobileClient: managed(false, "canmodifymobileclientoffline"),
    IsOneNoteIntegrationEnabled: false,
    IsPrivate: false,
    IsQuickCreateEnabled: false,
    IsReadingPaneEnabled: true,
    IsReadOnlyInMobileClient: managed(false, "canmodifymobileclientreadonly"),
    IsRenameable: managed(true, "isrenameable"),
    IsRetentionEnabled: null,
    IsRetrieveAuditEnabled: false,
    IsRetrieveMultipleAuditEnabled: false,
    IsSLAEnabled: false,
    IsSolutionAware: false,
    IsStateModelAware: table.byName.has("statecode"),
    IsValidForQueue: managed(false, "canmodifyqueuesettings"),
    IsVisibleInMobile: managed(false, "canmodifymobilevisibility"),
    IsVisibleInMobileClient: managed(false, "canmodifymobileclientvisibility"),
    MobileOfflineFilters: null,
    OwnerId: null,
    OwnerIdType: null,
    OwningBusinessUnit: null,
    Privileges: [],
    RecurrenceBaseEntityLogicalName: null,
    ReportViewName: `Filtered${table.name}`,
    SettingOf: null,
    SyncToExternalSearchIndex: false,
    UsesBusinessDataLabelTable: false,
  };
}
