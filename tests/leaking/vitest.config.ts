// How tests that are meant to fail are run: apart from all others.
import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.js";

export default mergeConfig(
  { ...shared, test: {} },
  defineConfig({ test: { include: ["tests/leaking/*.leaking.ts"], exclude: ["**/node.*"], reporters: ["json"] } }),
);
