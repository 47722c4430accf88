// Bytes as Python's module tracemalloc prints them.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Moves up a unit from 10 × 1024 on; one digit behind the point below 100 of a unit. `signed` puts a + before what is not negative. */
export function byteSize(bytes: number, signed = false): string {
  let size = bytes;
  for (const unit of UNITS) {
    if (Math.abs(size) < 100 && unit !== "B") return `${withSign(size, 1, signed)} ${unit}`;
    if (Math.abs(size) < 10 * 1024 || unit === "TiB") return `${withSign(size, 0, signed)} ${unit}`;
    size /= 1024;
  }
  return "";
}

/** An integer with its sign, + also for 0. */
export function signedCount(count: number): string {
  return withSign(count, 0, true);
}

function withSign(value: number, digits: number, signed: boolean): string {
  const text = rounded(value, digits);
  return signed && value >= 0 ? `+${text}` : text;
}

/** As C rounds: what lies halfway between two goes to the even one. */
function rounded(value: number, digits: number): string {
  const scale = 10 ** digits;
  const below = Math.floor(value * scale);
  if (value * scale - below !== 0.5) return value.toFixed(digits);
  return ((below % 2 === 0 ? below : below + 1) / scale).toFixed(digits);
}
