import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "arenaria/testing": source("leaks/testing.ts"),
      "arenaria/inspector": source("inspector/index.ts"),
      arenaria: source("index.ts"),
      "#traces": source("traces"),
    },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: process.env.ARENARIA_COVERAGE ? ["scripts/coverage-setup.mjs"] : [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "json"],
    outputFile: { json: "build/vitest.json" },
  },
});
