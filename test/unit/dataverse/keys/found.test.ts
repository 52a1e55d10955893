import { expect, it } from "vitest";
import { nothingFound } from "../../../../server/dataverse/keys/found.ts";

it("a record batch that was not read about holds nothing that an encoder could use", () => {
  expect([nothingFound.ids, nothingFound.absent, nothingFound.unread, nothingFound.references.size]).toEqual([
    undefined,
    undefined,
    undefined,
    0,
  ]);
});
