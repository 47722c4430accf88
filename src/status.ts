// The core's status numbers.

export * from "../assembly/status.js";
