/** The program as an operator starts it: what it says when it cannot, how it takes its config, and when it ends. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { ProgramOptions } from "../../support/program.ts";
import { Program } from "../../support/program.ts";
import { Stack, summaryOf } from "../../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.withoutSidecar();
});
afterAll(() => stack.end());

function start(args: readonly string[], options: ProgramOptions = {}): Program {
  const program = new Program(process.execPath, ["server/main.ts", ...args], options);
  onTestFinished(async () => {
    await program.end("SIGKILL");
  });
  return program;
}

async function configFile(name: string, config: object): Promise<string> {
  const path = join(stack.folder, name);
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** What a program that does not start says, and its exit code; it says nothing on standard output and shows no stack. */
async function refusal(
  args: readonly string[],
  options?: ProgramOptions,
): Promise<{ code: number | null; says: string }> {
  const program = start(args, options);
  const { code } = await program.exit;
  expect(program.stdout).toBe("");
  expect(program.stderr).not.toMatch(/\bat .*\.(ts|js):\d+/);
  return { code, says: program.stderr };
}

const row = {
  command: { table: "dv_sample", mode: "INSERT", runId: "start", rowKey: ["dv_name"] },
  columns: [{ name: "dv_name", type: "string", values: ["one"] }],
};

/** Whether the sidecar there publishes. */
async function publishes(location: string): Promise<boolean> {
  const report = await stack.clients.publish({ location, ...row });
  return summaryOf(report).acknowledged === 1;
}

describe("a start that fails", () => {
  it("without --config says so, with the usage", async () => {
    const { code, says } = await refusal(["serve"]);
    expect(code).toBe(2);
    expect(says).toContain("--config is missing.");
    expect(says).toContain("dataverse-flight serve --config FILE");
  });

  it.each([
    [["run"], "Say serve or check, not 'run'."],
    [["serve", "--config", "x", "--port", "many"], "--port is a whole number up to 65535, not 'many'."],
    [["serve", "--config", "x", "--prot", "1"], "--prot"],
    [["serve", "--config", "nowhere.yaml"], "nowhere.yaml cannot be read."],
  ])("for %j names the argument", async (args, sentence) => {
    const { code, says } = await refusal(args);
    expect([code, says]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it("for a bad config tells all faults at once, each with its key", async () => {
    const demo = {
      url: "http://crm.example",
      tenant_id: "no tenant!",
      ca_file: "missing.pem",
      principals: [{ client_id: "me" }],
      modes_allowed: ["drop"],
    };
    const file = await configFile("bad.yaml", {
      environments: { demo },
      limits: { inflight_bytes_max: 1 },
      listne: {},
    });
    const { code, says } = await refusal(["serve", "--config", file]);
    expect(code).toBe(2);
    for (const key of ["url", "tenant_id", "ca_file", "principals.0", "modes_allowed"])
      expect(says).toContain(`environments.demo.${key}`);
    expect(says).toContain("http is for loopback addresses alone");
    expect(says).toContain("limits.inflight_bytes_max");
    expect(says).toContain("Unknown: listne. Known here: listen, environments, limits, metrics.");
  });

  it("for text that is no YAML says where", async () => {
    const file = join(stack.folder, "broken.yaml");
    await writeFile(file, "environments: {demo: [\n  url: x");
    const { code, says } = await refusal(["serve", "--config", file]);
    expect(code).toBe(2);
    expect(says).toMatch(/line \d/);
  });

  it("for a secret that others may read says how to mend it", async () => {
    const open = join(stack.folder, "open-secret");
    await writeFile(open, "OPEN-SECRET", { mode: 0o644 });
    const [principal] = stack.emulator.address.principals;
    const principals = [{ client_id: principal?.client_id, client_secret_file: open }];
    const program = start([
      "serve",
      "--port",
      "0",
      "--config",
      await configFile("open.yaml", stack.config({ principals })),
    ]);
    await program.ready();
    expect(program.stderr).toContain(`chmod 600 ${open}`);
    expect(program.stderr).not.toContain("OPEN-SECRET");
  });

  it.each([
    ["0.0.0.0", "0.0.0.0 can be reached from other machines: give `tls` and `callers`, or listen on 127.0.0.1."],
    ["::", ":: can be reached from other machines"],
  ])("on %s without TLS and callers says what is missing", async (host, sentence) => {
    const file = await configFile("exposed.yaml", { ...stack.config(), listen: { host } });
    const { code, says } = await refusal(["serve", "--config", file]);
    expect([code, says]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it("on a port in use names the address", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => {
      server.close();
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const file = await configFile("port.yaml", stack.config());
    const { code, says } = await refusal(["serve", "--config", file, "--port", `${port}`]);
    expect(code).toBe(1);
    expect(says).toContain(`127.0.0.1:${port}`);
    expect(says).toContain("Choose another port");
  });
});

describe("a config from standard input", () => {
  it("may hold the secret itself", async () => {
    const [principal] = stack.emulator.address.principals;
    const config = stack.config({ principals: [{ ...principal }] });
    const program = start(["serve", "--config", "-", "--port", "0"], { input: JSON.stringify(config) });
    const { location } = await program.ready();
    expect(await publishes(String(location))).toBe(true);
    expect(program.stderr).not.toContain(principal?.client_secret);
  });

  it("is the only one that may", async () => {
    const [principal] = stack.emulator.address.principals;
    const file = await configFile("inline.yaml", stack.config({ principals: [{ ...principal }] }));
    const { code, says } = await refusal(["serve", "--config", file]);
    expect(code).toBe(2);
    expect(says).toContain("client_secret");
    expect(says).not.toContain(principal?.client_secret);
  });
});

describe("a sidecar", () => {
  it("ends with the standard input of its parent", async () => {
    const file = await configFile("parent.yaml", stack.config());
    const program = start(["serve", "--config", file, "--port", "0", "--exit-with-parent", String(process.pid)]);
    await program.ready();
    program.child.stdin.end();
    expect(await program.exit).toEqual({ code: 0, signal: null });
  });

  it("ends when its parent is gone, though its standard input stays open", async () => {
    const parent = new Program(process.execPath, ["-e", "process.stdin.resume()"]);
    const file = await configFile("orphan.yaml", stack.config());
    const program = start(["serve", "--config", file, "--port", "0", "--exit-with-parent", String(parent.pid)]);
    await program.ready();
    await parent.end("SIGKILL");
    expect(await program.exit).toEqual({ code: 0, signal: null });
  });

  it("goes on when nobody reads its standard output", async () => {
    const file = await configFile("mute.yaml", stack.config());
    const program = start(["serve", "--config", file, "--port", "0"]);
    const { location } = await program.ready();
    program.child.stdout.destroy();
    expect(await publishes(String(location))).toBe(true);
  });

  it("is the process that was started, with what V8 and glibc are told of memory before they begin", async () => {
    const config = await configFile("bounds.yaml", stack.config());
    const program = start(["serve", "--config", config, "--port", "0"], { env: { NODE_OPTIONS: "" } });
    await program.ready();
    const commandLine = execFileSync("ps", ["-o", "args=", "-p", String(program.pid)], { encoding: "utf8" });
    expect(commandLine).toMatch(/ --max-semi-space-size=4 \S*main\.ts serve /);
  });

  it("leaves it to whoever has said how much node may keep", async () => {
    const config = await configFile("own-bounds.yaml", stack.config());
    const env = { NODE_OPTIONS: "--max-semi-space-size=8" };
    const program = start(["serve", "--config", config, "--port", "0"], { env });
    await program.ready();
    const commandLine = execFileSync("ps", ["-o", "args=", "-p", String(program.pid)], { encoding: "utf8" });
    expect(commandLine).not.toContain("--max-semi-space-size");
  });

  it("lets the heap become little larger than what is alive", async () => {
    const config = await configFile("heap.yaml", stack.config());
    const tells =
      "import v8 from 'node:v8'; import { syncBuiltinESMExports } from 'node:module';" +
      "v8.setFlagsFromString = (flag) => console.error('told', flag); syncBuiltinESMExports();";
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tells)}` };
    const program = start(["serve", "--config", config, "--port", "0"], { env });
    await program.ready();
    expect(program.stderr).toContain("told --heap-growing-percent=100");
  });

  it("writes one line on standard output, and lines of JSON on standard error", async () => {
    const program = start(["serve", "--config", await configFile("lines.yaml", stack.config()), "--port", "0"]);
    const { location, ready } = await program.ready();
    expect(ready).toBe(true);
    expect(location).toMatch(/^grpc:\/\/127\.0\.0\.1:\d+$/);
    expect(await publishes(String(location))).toBe(true);
    expect(await program.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(program.stdout.trimEnd().split("\n")).toHaveLength(1);
    for (const line of program.stderr.trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
  });
});

describe("check", () => {
  it("signs in and says who the application users are", async () => {
    const program = start(["check", "--config", await configFile("check.yaml", stack.config())]);
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/^demo: ok\n {2}[\w-]{36} signs in as user [\w-]{36}\n$/);
  });

  it("ends with 2 and the reason for a wrong secret", async () => {
    const [principal] = stack.emulator.address.principals;
    const client_secret_file = await stack.secretFile("wrong", "WRONG-SECRET");
    const config = stack.config({ principals: [{ client_id: principal?.client_id, client_secret_file }] });
    const { code, says } = await refusal(["check", "--config", await configFile("wrong.yaml", config)]);
    expect([code, says]).toEqual([2, expect.stringContaining("credentials_rejected: The client secret is wrong.")]);
    expect(says).not.toContain("WRONG-SECRET");
  });
});
