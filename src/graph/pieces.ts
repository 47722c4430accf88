// Long text that is handed on in pieces, so that nobody ever has all of it.

/** Bytes of a piece, about. */
const PIECE_BYTES = 1 << 16;
/** No number has more digits. */
const DIGITS_MAX = 16;
const ZERO = 0x30;
const ASCII = new TextDecoder();

export class Pieces {
  readonly #bytes = new Uint8Array(PIECE_BYTES);
  #length = 0;
  #text = "";
  #ready: string[] = [];

  /** Appends an integer from 0 on, and a character behind it. */
  number(value: number, behind: number): void {
    if (this.#length + DIGITS_MAX + 1 > PIECE_BYTES || this.#text !== "") this.#cut();
    const bytes = this.#bytes;
    let end = this.#length + digitsOf(value);
    this.#length = end;
    let rest = value;
    do {
      const tenth = Math.floor(rest / 10);
      bytes[--end] = ZERO + rest - tenth * 10;
      rest = tenth;
    } while (rest !== 0);
    bytes[this.#length++] = behind;
  }

  /** Appends a text of any characters. */
  text(text: string): void {
    if (this.#length > 0 || this.#text.length + text.length > PIECE_BYTES) this.#cut();
    this.#text += text;
  }

  /** There is a full piece to be taken. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** The full pieces, which are forgotten here. */
  *take(): Generator<string> {
    const ready = this.#ready;
    this.#ready = [];
    yield* ready;
  }

  /** The same with the one that is not full. */
  *rest(): Generator<string> {
    this.#cut();
    yield* this.take();
  }

  #cut(): void {
    if (this.#text !== "") this.#ready.push(this.#text);
    this.#text = "";
    if (this.#length === 0) return;
    this.#ready.push(ASCII.decode(this.#bytes.subarray(0, this.#length)));
    this.#length = 0;
  }
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}
