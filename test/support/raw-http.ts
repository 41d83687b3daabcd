import { connect } from 'node:net';

/** A response as received over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** After this long without data, the server is waiting for input that the test does not send. */
const QUIET_MS = 40;

/**
 * Sends the pieces, each in its own packet and one byte per character. Ends the connection once the server is quiet, and
 * returns everything that was received.
 * @param meets wait for the first response before the second piece
 */
export async function exchange(port: number, pieces: readonly string[], meets = false): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Buffer[] = [];
  // The server may reset the connection; what it sent before counts.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const answered = new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  const [first = '', ...rest] = pieces;
  socket.write(first, 'latin1');
  if (meets) await Promise.race([answered, closed]);
  const quiet = setTimeout(() => socket.end(), QUIET_MS);
  socket.on('data', () => quiet.refresh());
  for (const piece of rest) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!socket.writable) break;
    socket.write(piece, 'latin1');
    quiet.refresh();
  }
  await closed;
  clearTimeout(quiet);
  return Buffer.concat(received);
}

/**
 * Parses a connection's responses. Bytes after a 101 are not HTTP and become its body.
 * @throws Error unless the bytes are complete responses, each with its length
 */
export function readAnswers(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) throw new Error(`no end of the headers in ${JSON.stringify(rest.toString('latin1'))}`);
    const { status, headers } = readHead(rest.subarray(0, end).toString('latin1'));
    rest = rest.subarray(end + 4);
    const length = bodyLength(status, headers, rest);
    answers.push({ status, headers, body: rest.subarray(0, length) });
    rest = rest.subarray(length);
  }
  return answers;
}

function readHead(head: string): Pick<RawAnswer, 'status' | 'headers'> {
  const [first = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) [ -~]+$/.exec(first)?.[1];
  if (status === undefined) throw new Error(`no status line: ${JSON.stringify(first)}`);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+): ([ -~]*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`no header: ${JSON.stringify(line)}`);
      return [name.toLowerCase(), value];
    }),
  );
  return { status: Number(status), headers };
}

/** A response to HEAD has a length and no body: the end or the next response follows. */
function bodyLength(status: number, headers: RawAnswer['headers'], rest: Buffer): number {
  if (status === 100) return 0;
  if (status === 101) return rest.length;
  const named = headers['content-length'];
  if (named === undefined) throw new Error(`an answer ${status} without a length`);
  if (rest.length === 0 || rest.subarray(0, 9).toString('latin1') === 'HTTP/1.1 ') return 0;
  if (rest.length < Number(named)) throw new Error(`${rest.length} bytes of ${named} came`);
  return Number(named);
}
