// Prints "N passed, N failed" from the report that vitest wrote: node scripts/summary.mjs REPORT
import { readFileSync } from "node:fs";

const [report = "build/vitest.json"] = process.argv.slice(2);
const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, "utf8"));

/** @param {{ status: string, assertionResults: { status: string }[] }} file */
const failedToLoad = ({ status, assertionResults }) =>
  status === "failed" && assertionResults.every((test) => test.status !== "failed");
const failed = numFailedTests + testResults.filter(failedToLoad).length;

if (numPendingTests > 0) console.log(`${numPendingTests} skipped`);
console.log(`${numPassedTests} passed, ${failed} failed`);
