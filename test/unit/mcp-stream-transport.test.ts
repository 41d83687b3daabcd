import assert from 'node:assert/strict';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { NOT_CONNECTED } from '../../src/mcp/session.js';
import { MESSAGE_BYTES } from '../../src/mcp/session-limits.js';
import { StreamTransport } from '../../src/mcp/stream-transport.js';

/** What a client hears of a server that prints these chunks. */
async function hear(chunks: Iterable<Uint8Array>) {
  const output = new PassThrough();
  const messages: JSONRPCMessage[] = [];
  let stoppedBy: string | null = null;
  const transport = new StreamTransport({ input: new PassThrough(), output }, (reason) => {
    stoppedBy = reason;
  });
  transport.onmessage = (message) => void messages.push(message);
  await transport.start();
  for (const chunk of chunks) output.emit('data', chunk);
  return { messages, stoppedBy };
}

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The bytes that are joined, copied and searched meanwhile. */
async function bytesHandled(act: () => Promise<unknown>): Promise<number> {
  let bytes = 0;
  const statics: Pick<typeof Buffer, 'concat'> = Buffer;
  const methods = Buffer.prototype as Pick<Buffer, 'indexOf' | 'copy'>;
  const { concat } = statics;
  const { indexOf, copy } = methods;
  statics.concat = (...values) => {
    const joined = Reflect.apply(concat, Buffer, values);
    bytes += joined.length;
    return joined;
  };
  methods.indexOf = function (this: Buffer, ...values) {
    bytes += this.length;
    return Number(Reflect.apply(indexOf, this, values));
  };
  methods.copy = function (this: Buffer, ...values) {
    bytes += this.length;
    return Reflect.apply(copy, this, values);
  };
  try {
    await act();
  } finally {
    Object.assign(statics, { concat });
    Object.assign(methods, { indexOf, copy });
  }
  return bytes;
}

const messageOf = (text: string) => ({
  jsonrpc: '2.0' as const,
  method: 'notifications/x',
  params: { text },
});
const lineOf = (text: string, end = '\n') => Buffer.from(`${JSON.stringify(messageOf(text))}${end}`);

describe('the output of an MCP server', function () {
  this.timeout(60_000);

  it('has ended when the output ended before anybody listened', async () => {
    const output = new PassThrough();
    output.resume().end();
    await once(output, 'close');
    const transport = new StreamTransport({ input: new PassThrough(), output }, () => undefined);
    await transport.start();
    await assert.rejects(transport.send(messageOf('x')), { message: NOT_CONNECTED });
  });

  it('is the same messages, however it is cut', async () => {
    const texts = ['', 'a', 'ä€𝄞'.repeat(50), 'x'.repeat(500)];
    const all = Buffer.concat([
      Buffer.from('no message\n\n{"half": \r\n'),
      ...texts.map((text, index) => lineOf(text, index % 2 === 0 ? '\n' : '\r\n')),
      Buffer.from('{"jsonrpc":"2.0"'),
    ]);
    for (const size of [1, 2, 3, 7, 64, 511, all.length]) {
      const { messages, stoppedBy } = await hear(inPieces(all, size));
      assert.deepEqual(messages, texts.map(messageOf), `in pieces of ${size} bytes`);
      assert.equal(stoppedBy, null);
    }
  });

  it('costs each of its bytes a bounded number of times, also when a long line drips', async () => {
    const line = lineOf('x'.repeat(200_000));
    const handled = await bytesHandled(async () => {
      assert.equal((await hear(inPieces(line, 64))).messages.length, 1);
    });
    assert.ok(handled < 10 * line.length, `${handled} bytes for ${line.length}`);
  });

  it('may have lines of a bounded length, and no longer ones', async () => {
    const room = MESSAGE_BYTES - lineOf('', '').length;
    for (const size of [4_096, 65_536]) {
      const longest = await hear(inPieces(lineOf('x'.repeat(room)), size));
      assert.equal(longest.messages.length, 1);
      const longer = await hear(inPieces(lineOf('x'.repeat(room + 1)), size));
      assert.deepEqual(longer, {
        messages: [],
        stoppedBy: `it printed a line of more than ${MESSAGE_BYTES} bytes`,
      });
    }
  });
});
