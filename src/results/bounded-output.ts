/**
 * The bounded output of a command. The first and the last part are kept; bytes in the middle are counted and dropped.
 * The first error is usually near the beginning, the failures and the totals are at the end.
 */

/** A third for the beginning, the rest for the end: runners report their failures last. */
const HEAD_SHARE = 1 / 3;

export class BoundedOutput {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #total = 0;

  /** @param limitBytes maximum number of bytes to keep */
  constructor(limitBytes: number) {
    this.#headLimit = Math.floor(limitBytes * HEAD_SHARE);
    this.#tailLimit = limitBytes - this.#headLimit;
  }

  /** Number of bytes that were printed, kept or not. */
  get bytes(): number {
    return this.#total;
  }

  add(chunk: Buffer): void {
    this.#total += chunk.length;
    const room = this.#headLimit - this.#headBytes;
    const first = chunk.subarray(0, room);
    if (first.length > 0) {
      this.#head.push(first);
      this.#headBytes += first.length;
    }
    const rest = chunk.subarray(first.length);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    this.#trimTail();
  }

  /** Drops whole chunks from the start of the tail while enough remains, so memory is at most the limit plus a chunk. */
  #trimTail(): void {
    let spare = this.#tailBytes - this.#tailLimit;
    let drop = 0;
    for (const chunk of this.#tail) {
      if (chunk.length > spare) break;
      spare -= chunk.length;
      drop += 1;
    }
    for (const chunk of this.#tail.splice(0, drop)) this.#tailBytes -= chunk.length;
  }

  /**
   * Returns the output as text. If bytes were dropped, a line in their place gives their number. The cut does not split
   * a character, nor a line up to MAX_TORN_LINE. Invalid UTF-8 becomes U+FFFD. NUL is removed, because PostgreSQL's text
   * type cannot store it.
   */
  text(): string {
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    if (this.#headBytes + Math.min(tail.length, this.#tailLimit) === this.#total) {
      return decode(Buffer.concat([head, tail]));
    }
    const first = trimTornEnd(head);
    const last = trimTornStart(tail.subarray(tail.length - this.#tailLimit));
    const cut = this.#total - first.length - last.length;
    return `${decode(first)}\n… ${cut} bytes of output cut …\n${decode(last)}`;
  }
}

function decode(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '');
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** The length in bytes of the UTF-8 character that begins with `byte`. */
function characterLength(byte: number): number {
  if (byte < 0xc0) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

const LINE_END = 0x0a;
/**
 * A line that the cut would split is dropped, because half of a secret would not be recognised and redacted. Of a longer
 * line, which is data rather than text, only the word at the cut is dropped; secrets have no spaces and no quotes.
 */
const MAX_TORN_LINE = 4_096;

/** The bytes of words: letters, digits, and what base64, URLs and tokens have besides. */
const WORD = new Uint8Array(256).map((_, byte) =>
  /[\w+/=.~%&@:!#$*?^-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

function trimTornEnd(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  // A character has at most four bytes, so only the last four can start one that the end splits.
  while (start > bytes.length - 4 && isContinuation(bytes[start])) start -= 1;
  const lead = bytes[start];
  const torn = lead !== undefined && start + characterLength(lead) > bytes.length;
  const line = bytes.lastIndexOf(LINE_END) + 1;
  if (line > 0 && bytes.length - line <= MAX_TORN_LINE) return bytes.subarray(0, line);
  let end = torn ? start : bytes.length;
  for (let most = MAX_TORN_LINE; most > 0 && isWord(bytes[end - 1]); most -= 1) end -= 1;
  return bytes.subarray(0, end);
}

function trimTornStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start += 1;
  const line = bytes.indexOf(LINE_END) + 1;
  if (line > 0 && line <= MAX_TORN_LINE) return bytes.subarray(line);
  for (let most = MAX_TORN_LINE; most > 0 && isWord(bytes[start]); most -= 1) start += 1;
  return bytes.subarray(start);
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && WORD[byte] === 1;
}
