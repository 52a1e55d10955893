import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { absolute, systemFiles, warningOfExposed } from "../../../server/core/files.ts";

function fileWith(text: string, mode = 0o600): string {
  const path = join(mkdtempSync(join(tmpdir(), "files-")), "file");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("systemFiles", () => {
  it("reads a file as it is", () => {
    expect(systemFiles.read(fileWith("a\n", 0o644))).toBe("a\n");
  });

  it("leaves out the line break that an editor put behind a secret", () => {
    expect(systemFiles.readSecret(fileWith(" a \n")).reveal()).toBe(" a ");
  });

  it.each(["", "\n"])("refuses a file that holds no secret (%j)", (text) => {
    expect(() => systemFiles.readSecret(fileWith(text))).toThrow("is empty");
  });

  it.each([0o640, 0o604, 0o660])("tells a file that others may read (%o)", (mode) => {
    expect(systemFiles.isExposed(fileWith("a", mode))).toBe(true);
  });

  it("does not mind a file of its owner alone", () => {
    expect(systemFiles.isExposed(fileWith("a", 0o600))).toBe(false);
  });

  it("names a file that is not there", () => {
    expect(() => systemFiles.read("/nowhere/at-all")).toThrow("/nowhere/at-all cannot be read");
  });

  it("refuses a file too large to be one of the operator's", () => {
    expect(() => systemFiles.read(fileWith("x".repeat(1024 * 1024 + 1)))).toThrow("larger than 1 MiB");
  });
});

describe("warningOfExposed", () => {
  it("warns once of a secret that others may read, and of no other file", () => {
    const warnings: string[] = [];
    const files = warningOfExposed(systemFiles, warnings);
    const [own, exposed] = [fileWith("a"), fileWith("b", 0o644)];
    files.read(exposed);
    for (const path of [own, exposed, exposed]) files.readSecret(path);
    expect(warnings).toEqual([expect.stringContaining(`chmod 600 ${exposed}`)]);
  });
});

describe("absolute", () => {
  it.each([
    ["", "secrets/a", "secrets/a"],
    ["/etc/dvf", "secrets/a", "/etc/dvf/secrets/a"],
    ["/etc/dvf", "/run/secrets/a", "/run/secrets/a"],
    ["/etc/dvf", "C:\\secrets\\a", "C:\\secrets\\a"],
  ])("in %j leads %j to %j", (folder, path, expected) => {
    expect(absolute(folder, path)).toBe(expected);
  });
});
