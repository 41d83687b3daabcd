export type BatchAnswer =
  | { readonly kind: 'missing' }
  /** Its bytes were let go as they came. */
  | { readonly kind: 'too-large'; readonly size: number }
  | { readonly kind: 'info'; readonly sha: string; readonly type: string; readonly size: number }
  | {
      readonly kind: 'contents';
      readonly sha: string;
      readonly type: string;
      readonly size: number;
      readonly bytes: Buffer;
    };

/** Cuts the output of `git cat-file --batch-command` into answers, however it arrives. */
export class BatchAnswers {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that must be there before another look is worth it: a big object comes in thousands of chunks. */
  #neededBytes = 1;
  /** Bytes to come that nobody wants. */
  #bytesToSkip = 0;

  constructor(private readonly limitBytes: number) {}

  add(added: Buffer): void {
    const chunk = added.subarray(this.#bytesToSkip);
    this.#bytesToSkip -= added.length - chunk.length;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next answer, or null when it is not all there yet. `contents` says what was asked. */
  next(contents: boolean): BatchAnswer | null {
    if (this.#length < this.#neededBytes) return null;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const line = bytes.indexOf(0x0a);
    if (line < 0) return this.#waitFor(bytes.length + 1);
    const header = bytes.toString('utf8', 0, line);
    const found = /^([0-9a-f]{40}) ([a-z]+) (\d+)$/.exec(header);
    if (found === null) return this.#missing(header, bytes.subarray(line + 1));
    const [, sha = '', type = '', digits] = found;
    const size = Number(digits);
    if (!contents) {
      this.#keepRest(bytes.subarray(line + 1));
      return { kind: 'info', sha, type, size };
    }
    // A line break follows the object.
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
