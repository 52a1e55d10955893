import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../../server/config/config.ts";
import { systemFiles } from "../../../server/core/files.ts";
import { makeCertificate, writeAuthority } from "../../emulator/wire/certificate.ts";
import { writeClientConfig } from "../../emulator/wire/client-config.ts";

describe("the config that the emulator writes", () => {
  it("starts a sidecar as it stands, without a warning", async () => {
    const folder = mkdtempSync(join(tmpdir(), "emulator-"));
    const caFile = join(folder, "ca-5443.pem");
    writeAuthority(caFile, await makeCertificate());
    const url = "https://localhost:5443";
    const principals = ["1", "2"].map((n) => ({
      client_id: `00000000-0000-4000-8000-00000000000${n}`,
      client_secret: `secret ${n}`,
    }));
    const tenant_id = "00000000-0000-4000-8000-00000000d365";
    const path = writeClientConfig(folder, { url, authority: url, tenant_id, ca_file: caFile, principals });
    const sources = { folder, files: systemFiles, variable: () => undefined, inlineSecrets: false };
    const result = readConfig(systemFiles.read(path), sources);
    expect(result).toMatchObject({ ok: true, warnings: [] });
    const credentials = result.ok
      ? result.settings.environments[0]?.principals.map(({ credential }) => credential)
      : [];
    const secrets = credentials?.map((each) => each.kind === "client_secret" && each.secret().reveal());
    expect(secrets).toEqual(["secret 1", "secret 2"]);
  });
});
