// What a WebAssembly binary carries besides code, read from its bytes.

const IMPORT = 2;
const GLOBALS = 6;
const START = 8;
const DATA = 11;

/** What a core may import from "env": its memory, and what it asks of the host (assembly/env.ts). */
const IMPORTS = new Set(["memory", "finalize", "callBack", "forget", "grew", "track", "untrack"]);

class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get done() {
    return this.offset >= this.end;
  }

  byte() {
    const byte = this.offset < this.end ? this.bytes[this.offset] : undefined;
    if (byte === undefined) throw new Error(`the binary ends at offset ${this.offset}, inside something`);
    this.offset++;
    return byte;
  }

  /** @param {number} count bytes to pass over */
  skip(count) {
    this.offset += count;
  }

  /** An unsigned LEB128 number. */
  unsigned() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Passes over a LEB128 number of any width and sign. */
  skipNumber() {
    while (this.byte() >= 128);
  }

  /** Passes over the constant expression that initialises a global. */
  skipConstant() {
    for (;;) {
      const at = this.offset;
      const opcode = this.byte();
      if (opcode === 0x0b) return;
      if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23) this.skipNumber();
      else if (opcode === 0x43) this.offset += 4;
      else if (opcode === 0x44) this.offset += 8;
      else throw new Error(`opcode 0x${opcode.toString(16)} at offset ${at}: not a number and not another global`);
    }
  }
}

/** @param {Uint8Array} bytes a whole module */
function sections(bytes) {
  /** @type {Map<number, Reader>} */
  const found = new Map();
  const reader = new Reader(bytes, 8);
  while (!reader.done) {
    const id = reader.byte();
    const size = reader.unsigned();
    if (reader.offset + size > bytes.length) throw new Error(`section ${id} is longer than the binary`);
    if (id !== 0) found.set(id, new Reader(bytes, reader.offset, reader.offset + size));
    reader.offset += size;
  }
  return found;
}

/** @param {Reader} reader at the global section; gives the indices of those that can change */
function mutableGlobals(reader) {
  const mutable = [];
  const count = reader.unsigned();
  for (let index = 0; index < count; index++) {
    reader.byte();
    if (reader.byte() === 1) mutable.push(index);
    reader.skipConstant();
  }
  return mutable;
}

/**
 * Lists what would tie a core to one instance, or run or be written again when a second instance is made on the same
 * memory: a start function, data segments, mutable globals; and any import other than the memory itself.
 *
 * @param {Uint8Array} bytes a valid module
 * @returns {string[]} a phrase each; empty if there is nothing
 */
export function instanceState(bytes) {
  const found = sections(bytes);
  const problems = [];
  if (found.has(START)) problems.push("has a start function");
  const segments = found.get(DATA)?.unsigned() ?? 0;
  if (segments > 0) problems.push(`has ${segments} data segment(s)`);
  const globals = found.get(GLOBALS);
  if (globals) for (const index of mutableGlobals(globals)) problems.push(`global ${index} is mutable`);
  for (const { module, name } of WebAssembly.Module.imports(new WebAssembly.Module(Buffer.from(bytes)))) {
    if (module !== "env" || !IMPORTS.has(name)) problems.push(`imports ${module}.${name}`);
  }
  return problems;
}

/**
 * Lists what a core for shared memory has other than the core it is a variant of: all but the memory it imports must be the same,
 * byte for byte, so that it has no atomics either.
 *
 * @param {Uint8Array} bytes a valid module
 * @param {Uint8Array} other the core without shared memory
 * @returns {string[]} a phrase each; empty if there is nothing
 */
export function sharingProblems(bytes, other) {
  const problems = [];
  if (!importsSharedMemory(bytes)) problems.push("imports no shared memory");
  if (importsSharedMemory(other)) problems.push("is a variant of a core that imports shared memory");
  const found = sections(bytes);
  const wanted = sections(other);
  for (const id of new Set([...found.keys(), ...wanted.keys()])) {
    if (id !== IMPORT && !isSame(found.get(id), wanted.get(id))) problems.push(`has another section ${id}`);
  }
  return problems;
}

/** @param {Uint8Array} bytes a valid module that imports functions and memories only */
function importsSharedMemory(bytes) {
  const [FUNCTION, SHARED] = [0, 2];
  const reader = sections(bytes).get(IMPORT);
  if (!reader) return false;
  const count = reader.unsigned();
  for (let i = 0; i < count; i++) {
    reader.skip(reader.unsigned());
    reader.skip(reader.unsigned());
    if (reader.byte() === FUNCTION) reader.unsigned();
    else return (reader.byte() & SHARED) !== 0;
  }
  return false;
}

/** @param {Reader | undefined} a @param {Reader | undefined} b */
function isSame(a, b) {
  if (!a || !b) return false;
  return Buffer.from(a.bytes.subarray(a.offset, a.end)).equals(b.bytes.subarray(b.offset, b.end));
}
