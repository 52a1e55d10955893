import { describe, expect, it } from "vitest";
import { configOf, faultsOf } from "./samples.ts";

describe("the fields of a config", () => {
  it.each<[string, string, RegExp]>([
    [
      "a port that is text",
      configOf({ top: { listen: { port: "8815" } } }),
      /^listen\.port: Must be a number, without quotes/,
    ],
    ["a port out of range", configOf({ top: { listen: { port: 70_000 } } }), /^listen\.port: .*65535/],
    [
      "http beyond loopback",
      configOf({ environment: { url: "http://contoso.com" } }),
      /^environments\.demo\.url: Must be https/,
    ],
    ["a look-alike of loopback", configOf({ environment: { url: "http://127.0.0.1.evil.com" } }), /url: Must be https/],
    ["a URL with a path", configOf({ environment: { url: "https://contoso.com/api" } }), /url: .*without a path/],
    [
      "a URL with a password",
      configOf({ environment: { url: "https://a:b@contoso.com" } }),
      /url: .*without a path or user/,
    ],
  ])("refuses %s and says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });
});
