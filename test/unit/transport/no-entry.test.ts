import { expect, it } from "vitest";
import { isNoEntry } from "../../../server/transport/no-entry.ts";

it("an outage is told by the door, not by the service behind it", () => {
  expect([502, 503, 504].every((status) => isNoEntry({ status }))).toBe(true);
  expect([200, 401, 429, 500].some((status) => isNoEntry({ status }))).toBe(false);
});
