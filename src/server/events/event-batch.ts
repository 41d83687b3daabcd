import type { StoredEvent } from '../../db/event-log.js';

/** First byte of a text message in one frame (RFC 6455, section 5.2). A server's frames are not masked. */
const TEXT = 0x81;

/**
 * Consecutive events as WebSocket frames, one message each, encoded once for all clients. `ws` would encode each frame
 * anew for every client and write head and body separately: with a thousand clients, most of the server's work.
 */
export class Batch {
  private constructor(
    /** The seq of its first event and of its last one. */
    readonly first: number,
    readonly last: number,
    private readonly bytes: Buffer,
    /** Where each event begins. */
    private readonly starts: readonly number[],
  ) {}

  /** Null when there is nothing to send. */
  static of(events: readonly StoredEvent[]): Batch | null {
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) return null;
    const frames = events.map((event) => frameOf(Buffer.from(JSON.stringify(event))));
    const starts: number[] = [];
    let length = 0;
    for (const frame of frames) {
      starts.push(length);
      length += frame.length;
    }
    return new Batch(first.seq, last.seq, Buffer.concat(frames, length), starts);
  }

  /** The frames of the events after that seq. */
  after(seq: number): Buffer {
    if (seq >= this.last) return Buffer.alloc(0);
    return this.bytes.subarray(this.starts[Math.max(0, seq - this.first + 1)]);
  }
}

function frameOf(body: Buffer): Buffer {
  return Buffer.concat([headOf(body.length), body]);
}

function headOf(length: number): Buffer {
  if (length < 126) return Buffer.from([TEXT, length]);
  if (length <= 0xffff) {
    const head = Buffer.from([TEXT, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head.set([TEXT, 127]);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
