/**
 * A minimal WebSocket client that follows a run. A thousand of them share one process, so that its processor time is
 * mostly that of reading.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface ClientOptions {
  readonly url: URL;
  readonly token: string;
  readonly run: string;
  readonly after: number;
  /** Called with the text of each event as it arrives. */
  readonly event: (text: Buffer) => void;
}

/** Opens a client; resolves once the server has accepted the WebSocket. */
export async function openClient(options: ClientOptions): Promise<Socket> {
  const { url, token, run, after } = options;
  return new Promise((resolve, reject) => {
    let pending = Buffer.alloc(0);
    let accepted = false;
    const read = (chunk: Buffer) => {
      // Complete frames are read in place; only an incomplete rest is copied.
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const head = accepted ? 0 : headLength(bytes);
      if (head > 0) {
        const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
        accepted = status.startsWith('HTTP/1.1 101');
        if (accepted) resolve(socket);
        else reject(new Error(status));
      }
      const done = accepted ? head + readFrames(bytes.subarray(head), socket, options.event) : 0;
      pending = done === bytes.length ? EMPTY : Buffer.from(bytes.subarray(done));
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
    socket.once('close', () => reject(new Error('the notifier closed the connection')));
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

/** One buffer serves all clients, because each chunk is processed before the next one is read. */
const SHARED_BUFFER = Buffer.allocUnsafe(64 * 1024);
const EMPTY = Buffer.alloc(0);

/** The length of the response head; 0 while it is incomplete. */
function headLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? 0 : end + 4;
}

const OPCODE = { text: 0x1, ping: 0x9 } as const;

/** Reads all complete frames; returns how many bytes they took. */
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
    // A pong with a zero mask: the protocol requires clients to mask their frames.
    if (opcode === OPCODE.ping)
      socket.write(Buffer.concat([Buffer.from([0x8a, 0x80 | length, 0, 0, 0, 0]), body]));
    at += head + length;
  }
}
