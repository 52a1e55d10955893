/** The rows that an environment is born with: the root business unit, its currency, a user for every principal. */

import type { Principal } from "../identity/principals.ts";
import { businessUnitId } from "../messages/functions.ts";
import type { Catalog } from "./catalog.ts";
import type { Store } from "./store.ts";
import type { Stored } from "./values.ts";

const currencyId = "0a000000-0000-4000-8000-000000000003";

/** They are no effects: nobody wrote them. `now`: milliseconds since 1970. */
export function seedRows(catalog: Catalog, store: Store, principals: readonly Principal[], now: number): void {
  const created = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const add = (tableName: string, id: string, given: Readonly<Record<string, Stored>>): void => {
    const table = catalog.find(tableName);
    if (table === undefined) {
      return;
    }
    const values: Stored[] = new Array<Stored>(table.columns.length).fill(null);
    const all = {
      [table.primaryId.name]: id,
      createdon: created,
      modifiedon: created,
      statecode: 0,
      statuscode: 1,
      ...given,
    };
    for (const [name, value] of Object.entries(all)) {
      const column = table.byName.get(name);
      if (column !== undefined) {
        values[column.ordinal] = value;
      }
    }
    store.rows(table).insert({ id, values, version: store.nextVersion(), lastHash: "" });
  };
  add("businessunit", businessUnitId, { name: "Emulator" });
  add("transactioncurrency", currencyId, {
    currencyname: "US Dollar",
    isocurrencycode: "USD",
    currencysymbol: "$",
    currencyprecision: 2,
    exchangerate: "1",
  });
  for (const [index, { userId, clientId }] of principals.entries()) {
    add("systemuser", userId, {
      fullname: `# application ${index + 1}`,
      applicationid: clientId,
      isdisabled: false,
      businessunitid: { table: "businessunit", id: businessUnitId },
    });
  }
}
