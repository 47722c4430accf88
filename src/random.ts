// Random bytes, also where there is no `crypto`.

export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  return typeof crypto === "object" ? crypto.getRandomValues(bytes) : bytes.map(() => Math.random() * 256);
}

/** 32 random bits, as an unsigned integer. */
export function randomWord(): number {
  const [a = 0, b = 0, c = 0, d = 0] = randomBytes(4);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}
