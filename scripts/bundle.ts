/** Bundles the server into one ESM file for the wheel and writes the notices of every package inside it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const folder = "client-python-shim/src/dataverse_flight";
/** Unminified, so that traces can be read; a jump beyond this is a dependency that crept in. */
const bytesMax = 6_000_000;
const licences = new Set([
  "MIT",
  "Apache-2.0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "(MIT AND BSD-3-Clause)",
  "(Apache-2.0 AND BSD-3-Clause)",
]);

const { metafile, outputFiles } = await build({
  entryPoints: ["server/main.ts"],
  outfile: `${folder}/server.mjs`,
  bundle: true,
  platform: "node",
  target: "node22.19",
  format: "esm",
  // CommonJS packages inside an ESM file still call require("node:…").
  banner: { js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);' },
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
});

function packageRoots(inputs: readonly string[]): string[] {
  const roots = inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  return [...new Set(roots.filter((root) => root !== undefined))].sort();
}

function notice(root: string): string {
  const about = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const licence = about.license ?? "none";
  if (!licences.has(licence)) throw new Error(`${about.name} ${about.version}: licence ${licence} is not on the list`);
  const texts = readdirSync(root)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .map((file) => readFileSync(`${root}/${file}`, "utf8").trim());
  return [`${about.name} ${about.version} (${licence})`, ...texts].join("\n\n");
}

const code = outputFiles[0]?.contents ?? new Uint8Array();
if (code.length > bytesMax) throw new Error(`the bundle has ${code.length} bytes, more than ${bytesMax}`);
const roots = packageRoots(Object.keys(metafile.inputs));
writeFileSync(`${folder}/server.mjs`, code);
writeFileSync(`${folder}/THIRD-PARTY-NOTICES.txt`, `${roots.map(notice).join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
console.log(`${folder}/server.mjs: ${code.length} bytes, ${roots.length} packages`);
