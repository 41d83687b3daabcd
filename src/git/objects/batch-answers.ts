import { SHA_DIGITS } from '../../contract/ids.js';

/** One answer of `git cat-file --batch-command`. Sizes are in bytes. */
export type BatchAnswer =
  | { readonly kind: 'missing' }
  /** An object over the limit. Its bytes are discarded. */
  | { readonly kind: 'too-large'; readonly size: number }
  | { readonly kind: 'info'; readonly sha: string; readonly type: string; readonly size: number }
  | {
      readonly kind: 'contents';
      readonly sha: string;
      readonly type: string;
      readonly size: number;
      readonly bytes: Buffer;
    };

/** The line before an object's content. */
const HEADER = new RegExp(`^(${SHA_DIGITS}) ([a-z]+) (\\d+)$`);

/** Splits the output of `git cat-file --batch-command` into answers, whatever chunks it arrives in. */
export class BatchAnswers {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes to buffer before parsing again: a big object arrives in thousands of chunks. */
  #neededBytes = 1;
  /** Bytes still to arrive of an object over the limit. */
  #bytesToSkip = 0;

  constructor(private readonly limitBytes: number) {}

  add(added: Buffer): void {
    const chunk = added.subarray(this.#bytesToSkip);
    this.#bytesToSkip -= added.length - chunk.length;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /**
   * Takes the next answer; null while it is incomplete.
   *
   * @param contents whether the request was `contents` rather than `info`
   * @throws TypeError for output that is no answer
   */
  next(contents: boolean): BatchAnswer | null {
    if (this.#length < this.#neededBytes) return null;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const line = bytes.indexOf(0x0a);
    if (line < 0) return this.#waitFor(bytes.length + 1);
    const header = bytes.toString('utf8', 0, line);
    const found = HEADER.exec(header);
    if (found === null) return this.#missing(header, bytes.subarray(line + 1));
    const [, sha = '', type = '', digits] = found;
    const size = Number(digits);
    if (!contents) {
      this.#keepRest(bytes.subarray(line + 1));
      return { kind: 'info', sha, type, size };
    }
    // git writes a line break after the object.
    const end = line + 1 + size + 1;
    if (size > this.limitBytes) {
      this.#bytesToSkip = Math.max(0, end - bytes.length);
      this.#keepRest(bytes.subarray(end));
      return { kind: 'too-large', size };
    }
    if (bytes.length < end) return this.#waitFor(end);
    this.#keepRest(bytes.subarray(end));
    return { kind: 'contents', sha, type, size, bytes: Buffer.from(bytes.subarray(line + 1, end - 1)) };
  }

  #missing(header: string, rest: Buffer): BatchAnswer {
    if (!/ (missing|ambiguous)$/.test(header)) {
      throw new TypeError(`git cat-file answered ${JSON.stringify(header)}`);
    }
    this.#keepRest(rest);
    return { kind: 'missing' };
  }

  #waitFor(needed: number): null {
    this.#neededBytes = needed;
    return null;
  }

  #keepRest(rest: Buffer): void {
    this.#chunks = [rest];
    this.#length = rest.length;
    this.#neededBytes = 1;
  }
}
