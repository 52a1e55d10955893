import { defineConfig } from "vitest/config";

const ci = process.env["CI"] !== undefined;

export default defineConfig({
  test: {
    pool: "threads",
    maxWorkers: 2,
    isolate: false,
    globals: false,
    sequence: { shuffle: true },
    reporters: ["default", ["json", { outputFile: ".cache/vitest.json" }]],
    allowOnly: !ci,
    passWithNoTests: false,
    unstubGlobals: true,
    restoreMocks: true,
    coverage: {
      provider: "v8",
      include: ["server/**/*.ts"],
      exclude: ["server/flight/gen/**", "server/main.ts", "server/**/*.d.ts"],
      reporter: ["text", "json-summary", "lcovonly"],
      reportsDirectory: ".cache/coverage",
      thresholds: {
        perFile: true,
        statements: 90,
        branches: 80,
        "server/core/clock.ts": { branches: 100, statements: 100 },
      },
    },
    // Limits end what hangs, and measure nothing: under coverage, on a busy machine, a test takes ten times as long.
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20_000 } },
      { extends: true, test: { name: "property", include: ["test/property/**/*.test.ts"], testTimeout: 120_000 } },
      {
        extends: true,
        test: { name: "simulation", include: ["test/simulation/**/*.test.ts"], testTimeout: 240_000 },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/{integration,fault,conformance}/**/*.test.ts"],
          testTimeout: 240_000,
          pool: "forks",
          isolate: true,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
