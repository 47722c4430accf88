// From a JSON file to its text and what the engine's own parser makes of it.

import { basename } from "node:path";
import { projectPath } from "../paths.js";
import { readBytes, SourceError } from "../source.js";

/** The file that is taken when none is named: the schema of a linter's configuration, in a package that the project needs anyway. */
export const SHIPPED = projectPath("node_modules", "@biomejs", "biome", "configuration_schema.json");

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A file, its text, and the value it stands for. */
export interface JsonSource {
  /** Name of the file, without its directory. */
  readonly name: string;
  readonly file: string;
  /** Bytes of the file. */
  readonly bytes: number;
  readonly text: string;
  readonly value: Json;
}

/**
 * Reads a file and parses it.
 *
 * @throws SourceError
 */
export function readJson(file: string): JsonSource {
  const bytes = readBytes(file);
  try {
    // Some editors put a mark before everything else, which is no JSON.
    const text = bytes.toString("utf8").replace(/^\ufeff/, "");
    return { name: basename(file), file, bytes: bytes.length, text, value: JSON.parse(text) };
  } catch (error) {
    // The parser may quote lines of the file.
    const reason = (error as Error).message.replace(/\s+/g, " ");
    throw new SourceError(file, `is no JSON that can be read: ${reason}`);
  }
}
