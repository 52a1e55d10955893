/** Runs every suite to its end, then closes with one plain line `N passed, N failed`. A suite that dies, or ends non-zero
 *  without a failed test (coverage, import or collection fault, unhandled rejection), counts as one failure. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { pathToFileURL } from "node:url";

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  readonly report: string;
  readonly read: (text: string) => Count;
}

export function readVitest(text: string): Count {
  const report = JSON.parse(text) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
  };
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function readJunit(text: string): Count {
  const attribute = (name: string): number =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? Number.NaN);
  const failed = attribute("failures") + attribute("errors");
  const skipped = attribute("skipped");
  return { passed: attribute("tests") - failed - skipped, failed, skipped };
}

/** A suite may never look better than its exit code. */
export function settle(exitCode: number | null, report: string | undefined, read: (text: string) => Count): Count {
  let count: Count = { passed: 0, failed: 0, skipped: 0 };
  try {
    if (report !== undefined) count = read(report);
  } catch {
    return { ...count, failed: 1 };
  }
  const sound = Number.isInteger(count.passed) && Number.isInteger(count.failed) && count.passed + count.failed > 0;
  if (!sound) return { passed: 0, failed: 1, skipped: 0 };
  return exitCode !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function run(suite: Suite): Count {
  rmSync(suite.report, { force: true });
  const [file = "", ...args] = suite.command;
  const { status } = spawnSync(file, args, { stdio: "inherit" });
  const count = settle(status, readIfThere(suite.report), suite.read);
  console.log(
    `${suite.name}: exit ${status}, ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
  );
  return count;
}

function main(args: readonly string[]): number {
  const python = process.env["PYTHON"] ?? ".venv/bin/python";
  const suites: Suite[] = [
    {
      name: "vitest",
      command: [process.execPath, "node_modules/vitest/vitest.mjs", "run", ...args],
      report: ".cache/vitest.json",
      read: readVitest,
    },
    {
      name: "pytest",
      command: [python, "-m", "pytest", "-q", "client-python-shim/tests", "--junitxml=.cache/pytest.xml"],
      report: ".cache/pytest.xml",
      read: readJunit,
    },
    {
      // Apart from the shim's: the SDK brings libraries of its own.
      name: "conformance",
      command: [python, "-m", "pytest", "-q", "test/conformance/python", "--junitxml=.cache/conformance.xml"],
      report: ".cache/conformance.xml",
      read: readJunit,
    },
  ];
  const counts = suites.map(run);
  const total = (key: keyof Count): number => counts.reduce((sum, count) => sum + count[key], 0);
  console.log(`${total("passed")} passed, ${total("failed")} failed`);
  return total("failed") > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main(process.argv.slice(2));
