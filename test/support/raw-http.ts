import { connect } from 'node:net';

/** An answer as it went over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Nothing came for this long: whatever is still to come waits for something that we do not send. */
const QUIET_MS = 40;

/**
 * Sends these pieces, each in a packet of its own and each character a byte; hangs up when the server has gone quiet,
 * and gives what came back once the connection is closed. `meets` waits for the first answer before the second piece.
 */
export async function exchange(port: number, pieces: readonly string[], meets = false): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Buffer[] = [];
  // It may hang up on us in the middle of a word, and what it said before that counts.
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
 * Reads a connection's answers. What follows a 101 is no HTTP and becomes its body. Throws when the bytes are
 * anything but whole answers, each with its length.
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

/** A HEAD's answer names a length and has no body: what follows it is the end, or the next answer. */
function bodyLength(status: number, headers: RawAnswer['headers'], rest: Buffer): number {
  if (status === 100) return 0;
  if (status === 101) return rest.length;
  const named = headers['content-length'];
  if (named === undefined) throw new Error(`an answer ${status} without a length`);
  if (rest.length === 0 || rest.subarray(0, 9).toString('latin1') === 'HTTP/1.1 ') return 0;
  if (rest.length < Number(named)) throw new Error(`${rest.length} bytes of ${named} came`);
  return Number(named);
}
