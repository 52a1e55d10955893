/** The rows that an environment is born with: organization, root business unit, base currency, messages, a user for every principal. */
import type { Principal } from "../identity/principals.ts";
import { businessUnitId, organizationId } from "../messages/functions.ts";
import type { Catalog } from "./catalog.ts";
import { messageFilterRows, messageRows } from "./message-rows.ts";
import type { SeedRow } from "./seed-row.ts";
import { addSeedRow } from "./seed-row.ts";
import type { Store } from "./store.ts";
import type { Stored } from "./values.ts";

/** The currency in which the organization counts: its exchange rate is 1. */
export const baseCurrencyId = "0a000000-0000-4000-8000-000000000003";
const publisherId = "0a000000-0000-4000-8000-000000000004";
const solutionId = "0a000000-0000-4000-8000-000000000005";

/** They are no effects: nobody wrote them. `now`: milliseconds since 1970. */
export function seedRows(catalog: Catalog, store: Store, principals: readonly Principal[], now: number): void {
  const created = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const rows = [
    ...organizationRows(),
    ...principals.map(userRow),
    ...messageRows(),
    ...catalog.tables.flatMap(messageFilterRows),
  ];
  for (const row of rows) {
    addSeedRow(catalog, store, row, created);
  }
}

function organizationRows(): readonly SeedRow[] {
  return [
    {
      table: "transactioncurrency",
      id: baseCurrencyId,
      values: {
        currencyname: "US Dollar",
        isocurrencycode: "USD",
        currencysymbol: "$",
        currencyprecision: 2,
        exchangerate: "1",
      },
    },
    {
      table: "organization",
      id: organizationId,
      values: {
        name: "Emulator",
        languagecode: 1033,
        pricingdecimalprecision: 2,
        currencydecimalprecision: 2,
        basecurrencyid: { table: "transactioncurrency", id: baseCurrencyId },
        basecurrencyprecision: 2,
        isauditenabled: false,
      },
    },
    { table: "businessunit", id: businessUnitId, values: { name: "Emulator" } },
    {
      table: "publisher",
      id: publisherId,
      values: {
        friendlyname: "Default Publisher for Emulator",
        uniquename: "DefaultPublisherEmulator",
        customizationprefix: "new",
        customizationoptionvalueprefix: 10_000,
      },
    },
    {
      table: "solution",
      id: solutionId,
      values: {
        friendlyname: "Default Solution",
        uniquename: "Default",
        version: "1.0",
        ismanaged: false,
        publisherid: { table: "publisher", id: publisherId },
      },
    },
  ];
}

function userRow({ userId, clientId }: Principal, index: number): SeedRow {
  const values: Readonly<Record<string, Stored>> = {
    fullname: `# application ${index + 1}`,
    applicationid: clientId,
    azureactivedirectoryobjectid: clientId,
    isdisabled: false,
    businessunitid: { table: "businessunit", id: businessUnitId },
  };
  return { table: "systemuser", id: userId, values };
}
