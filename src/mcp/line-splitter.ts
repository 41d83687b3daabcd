/** Splits a stream of bytes into lines. Each byte is searched once and copied a bounded number of times, however it is cut. */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Bytes that are reserved for the first part of a line. Most messages fit. */
const FIRST_ROOM = 4_096;

/** A line is longer than allowed. */
export class LongLine extends Error {}

export class LineSplitter {
  /** The beginning of a line. It grows by doubling: a list of parts would cost an object for each byte that drips in. */
  private kept = Buffer.alloc(0);
  private length = 0;

  /** @param mostBytes of one line, without its end */
  constructor(private readonly mostBytes: number) {}

  /**
   * Returns the lines that a chunk completes, without their ends.
   * @throws LongLine
   */
  *add(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      this.keep(chunk.subarray(from, end));
      from = end + 1;
      yield this.take();
    }
    this.keep(chunk.subarray(from));
  }

  clear(): void {
    this.kept = Buffer.alloc(0);
    this.length = 0;
  }

  private keep(part: Buffer): void {
    const length = this.length + part.length;
    if (length > this.mostBytes) throw new LongLine();
    if (length > this.kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_ROOM, length, 2 * this.kept.length));
      this.kept.copy(larger, 0, 0, this.length);
      this.kept = larger;
    }
    part.copy(this.kept, this.length);
    this.length = length;
  }

  private take(): string {
    const { kept, length } = this;
    const line = kept.toString('utf8', 0, kept[length - 1] === CARRIAGE_RETURN ? length - 1 : length);
    this.length = 0;
    // A long message is rare: its memory is not kept for the next ones.
    if (kept.length > FIRST_ROOM) this.clear();
    return line;
  }
}
