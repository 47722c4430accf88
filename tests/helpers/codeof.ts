// What went wrong, by its code.
import { HeapError } from "../../src/index.js";

/** The code of the error that `action` throws; the error as text if it is none of the library, or a remark if there is none. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof HeapError ? error.code : String(error);
  }
  return "nothing thrown";
}
