/**
 * One WebSocket client that follows a run, no more than it has to be: a thousand of them share a process, whose
 * processor time should be that of reading, and little else.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface ClientOptions {
  readonly url: URL;
  readonly token: string;
  readonly run: string;
  readonly after: number;
  /** Told of each event's text as it comes. */
  readonly event: (text: Buffer) => void;
}

/** Opens one; resolves when it is let in. */
export async function openClient(options: ClientOptions): Promise<Socket> {
  const { url, token, run, after } = options;
  return new Promise((resolve, reject) => {
    let begun = Buffer.alloc(0);
    let letIn = false;
    const read = (chunk: Buffer) => {
      // What is whole is read where it is; only the rest is kept.
      const bytes = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
      const head = letIn ? 0 : headLength(bytes);
      if (head > 0) {
        const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
        letIn = status.startsWith('HTTP/1.1 101');
        if (letIn) resolve(socket);
        else reject(new Error(status));
      }
      const done = letIn ? head + readFrames(bytes.subarray(head), socket, options.event) : 0;
      begun = done === bytes.length ? EMPTY : Buffer.from(bytes.subarray(done));
    };
    const socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: {
        buffer: SHARED_BUFFER,
        callback: (length) => {
          read(SHARED_BUFFER.subarray(0, length));
          return true;
        },
      },
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the notifier hung up')));
    socket.write(
      [
        `GET /events?run=${run}&after=${after} HTTP/1.1`,
        `Host: ${url.host}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        `Authorization: Bearer ${token}`,
        '\r\n',
      ].join('\r\n'),
    );
  });
}

/** What is read is looked at before the next one reads: one buffer is enough for all. */
const SHARED_BUFFER = Buffer.allocUnsafe(64 * 1024);
const EMPTY = Buffer.alloc(0);

/** How long the answer's head is; 0 while it is not whole. */
function headLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? 0 : end + 4;
}

const OPCODE = { text: 0x1, ping: 0x9 } as const;

/** Reads the frames that are whole; returns how many bytes they took. */
function readFrames(bytes: Buffer, socket: Socket, event: (text: Buffer) => void): number {
  let at = 0;
  for (;;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < at + head) return at;
    const length =
      head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (bytes.length < at + head + length) return at;
    const body = bytes.subarray(at + head, at + head + length);
    const opcode = (bytes[at] ?? 0) & 0x0f;
    if (opcode === OPCODE.text) event(body);
    // A pong, masked with zeros: a client has to mask what it sends.
    if (opcode === OPCODE.ping)
      socket.write(Buffer.concat([Buffer.from([0x8a, 0x80 | length, 0, 0, 0, 0]), body]));
    at += head + length;
  }
}
