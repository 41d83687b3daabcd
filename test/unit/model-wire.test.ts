import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { callModel, CallTimeout } from '../../src/model/call.js';
import type { ModelRequest } from '../../src/model/request.js';
import { classifyFailure, type ModelFailure } from '../../src/model/failures.js';
import { boundedBody, fetchOnWire, wireErrorOf, WireError } from '../../src/model/wire.js';

const REQUEST: ModelRequest = {
  model: 'claude-sonnet-5-5',
  system: 'You are an engineer.',
  messages: [{ role: 'user', content: '# Sum\n\nPlease.' }],
  tools: [],
};
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const PING = chunk('event: ping\ndata: {"type": "ping"}\n\n');

describe('an answer on the wire', () => {
  it('fails when it is longer than allowed, and not when it is as long', async () => {
    const read = async (maxBytes: number) => {
      const body = boundedBody(new Response('0123456789'), { idleMs: 60_000, maxBytes });
      let text = '';
      for await (const chunk of body) text += Buffer.from(chunk).toString();
      return text;
    };
    assert.equal(await read(10), '0123456789');
    await assert.rejects(read(9), new WireError('too-long', 'the answer is longer than 9 bytes'));
  });
});

describe('a model call with a failing connection', () => {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    const open = server;
    server = undefined;
    if (open !== undefined) await new Promise((resolve) => open.close(resolve));
  });

  /** Starts a server that handles each connection, or its first bytes, with this function. Returns its URL. */
  async function serving(
    act: (socket: Socket) => void,
    when: 'connected' | 'asked' = 'asked',
  ): Promise<string> {
    const started = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      if (when === 'connected') act(socket);
      else socket.once('data', () => act(socket));
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  }

  async function thrown(baseUrl: string, silenceMs?: number, timeoutMs = 20_000): Promise<unknown> {
    const { signal } = new AbortController();
    return callModel({ baseUrl, apiKey: 'k' }, REQUEST, {
      maxTokens: 1_000,
      timeoutMs,
      signal,
      ...(silenceMs === undefined ? {} : { silenceMs }),
    }).then(
      () => assert.fail('the call gave an answer'),
      (error: unknown) => error,
    );
  }
  async function failure(baseUrl: string, silenceMs?: number): Promise<ModelFailure> {
    const error = await thrown(baseUrl, silenceMs);
    return classifyFailure(error) ?? assert.fail(String(error));
  }

  /** A URL whose port has no listener. */
  async function closedPort(): Promise<string> {
    const url = await serving(() => undefined);
    const open = server;
    await new Promise((resolve) => open?.close(resolve));
    server = undefined;
    return url;
  }

  it('is not made with a method that it does not know', async () => {
    await assert.rejects(fetchOnWire('http://127.0.0.1:1', { method: 'PATCH' }), /unknown method PATCH/);
  });

  it('was not sent when nothing listens', async () => {
    const { kind, billed, message } = await failure(await closedPort());
    assert.deepEqual([kind, billed], ['connection', 'no']);
    assert.match(message, /could not be reached: connect ECONNREFUSED/);
  });

  it('was not sent when the name has no address', async () => {
    const { kind, billed } = await failure('http://model.invalid');
    assert.deepEqual([kind, billed], ['connection', 'no']);
  });

  it('was not sent when the server does not speak TLS', async () => {
    const url = await serving((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { kind, billed } = await failure(url.replace('http:', 'https:'));
    assert.deepEqual([kind, billed], ['connection', 'no']);
  });

  const handshakes: [string, (socket: Socket) => void][] = [
    ['is reset', (socket) => socket.resetAndDestroy()],
    ['is closed', (socket) => socket.end()],
    // A fatal alert: handshake_failure.
    ['is refused', (socket) => socket.end(Buffer.of(0x15, 3, 3, 0, 2, 2, 40))],
  ];
  for (const [what, act] of handshakes) {
    it(`was not sent when the TLS handshake ${what}`, async () => {
      const url = await serving(act);
      const { kind, billed, message } = await failure(url.replace('http:', 'https:'));
      assert.deepEqual([kind, billed], ['connection', 'no']);
      assert.match(message, /^The model could not be reached: ./);
    });
  }

  for (const url of ['http://127.0.0.1:9', 'gopher://model', 'api.example.com']) {
    it(`was not sent to the invalid address ${url}`, async () => {
      const { kind, billed } = await failure(url);
      assert.deepEqual([kind, billed], ['connection', 'no']);
    });
  }

  const broken: [string, (socket: Socket) => void][] = [
    ['is reset before the answer begins', (socket) => socket.resetAndDestroy()],
    ['is closed before the answer begins', (socket) => socket.end()],
    ['is answered by another protocol than HTTP', (socket) => socket.write('SSH-2.0-OpenSSH\r\n')],
    [
      'is reset in the middle of the answer',
      (socket) => socket.write(HEAD + PING, () => setImmediate(() => socket.resetAndDestroy())),
    ],
    ['is closed in the middle of the answer', (socket) => socket.end(HEAD + PING)],
    ['ends before the answer does', (socket) => socket.write(`${HEAD}${PING}0\r\n\r\n`)],
    [
      'has events that are not JSON',
      (socket) => socket.write(`${HEAD}${chunk('event: message_start\ndata: {"\n\n')}0\r\n\r\n`),
    ],
    [
      'is answered with a web page',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi'),
    ],
    ['has no body', (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')],
  ];
  for (const [what, act] of broken) {
    it(`may have been billed when it ${what}`, async () => {
      const { kind, billed, message } = await failure(await serving(act));
      assert.deepEqual([kind, billed], ['connection', 'possibly']);
      assert.match(message, /^The model broke off its answer: ./);
    });
  }

  it('may have been billed when its answer stalls without a byte for too long', async () => {
    const url = await serving((socket) => socket.write(HEAD + PING));
    const { kind, billed, message } = await failure(url, 100);
    assert.deepEqual([kind, billed], ['connection', 'possibly']);
    assert.match(message, /no data arrived for/);
    // Its connection is closed, too.
    for (const socket of sockets) {
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    }
  });

  it('closes its connection when what arrives is no answer, also while the server goes on', async () => {
    const url = await serving((socket) =>
      socket.write(`${HEAD}${chunk('event: message_start\ndata: {"\n\n')}`),
    );
    await failure(url);
    for (const socket of sockets) {
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    }
  });

  it('closes its connection when its status is none of HTTP', async () => {
    const head = 'HTTP/1.1 999 Odd\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nabc';
    const url = await serving((socket) => socket.write(head));
    const { kind, billed, message } = await failure(url);
    assert.deepEqual([kind, billed], ['connection', 'possibly']);
    assert.match(message, /999/);
    for (const socket of sockets) {
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    }
  });

  it('is not made again when its answer has no end: each may be billed', async () => {
    const delta = { type: 'text_delta', text: 'x'.repeat(50_000) };
    const data = JSON.stringify({ type: 'content_block_delta', index: 0, delta });
    const event = chunk(`event: content_block_delta\ndata: ${data}\n\n`);
    let sent = 0;
    const url = await serving((socket) => {
      const send = () => {
        while (socket.writable && socket.write(event)) sent += event.length;
      };
      socket.write(HEAD);
      socket.on('drain', send);
      send();
    });
    const { kind, billed, message } = await failure(url);
    assert.deepEqual([kind, billed], ['request', 'possibly']);
    assert.match(message, /the answer is longer than 1548576 bytes.* billed/);
    assert.ok(sent < 8_000_000, `${sent} bytes were sent`);
  });

  it('does not wait for the first byte longer than the longest silence', async () => {
    const url = await serving(() => undefined);
    const { message, billed } = await failure(url, 100);
    assert.equal(message, 'The model broke off its answer: no data arrived for 0 s');
    assert.equal(billed, 'possibly');
  });

  it('waits for the first byte as long as a silence may last, not as long as Node’s default', async () => {
    const ours = getGlobalDispatcher();
    setGlobalDispatcher(new Agent({ headersTimeout: 100 }));
    try {
      // Longer than Node takes to notice a timeout: it checks once a second.
      const url = await serving((socket) => void setTimeout(() => socket.end(`${HEAD}0\r\n\r\n`), 2_500));
      const { message } = await failure(url);
      assert.equal(message, 'The model broke off its answer: the answer broke off', 'it came, and was empty');
    } finally {
      setGlobalDispatcher(ours);
    }
  });

  it('names a web page, which comes from a wrong address', async () => {
    const page = HEAD.replace('text/event-stream', 'text/html; charset=utf-8');
    const url = await serving((socket) => socket.end(`${page}${chunk('<p>Sign in</p>')}0\r\n\r\n`));
    const { kind, message } = await failure(url);
    assert.equal(kind, 'connection');
    assert.match(message, /: it was a web page \(text\/html\): check the address of the API$/);
  });

  it('does not stall while pings come', async () => {
    const timers: NodeJS.Timeout[] = [];
    const url = await serving((socket) => {
      socket.write(HEAD);
      let pings = 0;
      const timer = setInterval(() => {
        if (++pings < 10) return socket.write(PING);
        clearInterval(timer);
        return socket.end();
      }, 100);
      timers.push(timer);
    });
    const { message } = await failure(url, 800);
    timers.forEach(clearInterval);
    assert.doesNotMatch(message, /no data arrived/);
  });

  it('fails with a timeout if that expires before the stall limit', async () => {
    const url = await serving((socket) => socket.write(HEAD + PING));
    assert.ok((await thrown(url, 20_000, 100)) instanceof CallTimeout);
  });
});

describe('the error of a broken fetch', () => {
  const failedFetch = (code: string, message: string) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });

  for (const [code, message, brokenAt] of [
    ['UND_ERR_CONNECT_TIMEOUT', 'Connect Timeout Error', 'before-sent'],
    ['UND_ERR_SOCKET', 'other side closed', 'answer'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'before-sent'],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'before-sent'],
  ] as const) {
    it(`${code} reaches the caller through the SDK`, async () => {
      const client = new Anthropic({
        apiKey: 'k',
        maxRetries: 0,
        fetch: () => Promise.reject(wireErrorOf(failedFetch(code, message))),
      });
      const body = { model: 'm', max_tokens: 1, messages: [] };
      const error: unknown = await client.messages.create(body).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof Anthropic.APIConnectionError && error.cause instanceof WireError);
      assert.equal(error.cause.brokenAt, brokenAt);
    });
  }

  it('names the failure of the first of several addresses', () => {
    const each = [1, 2].map((n) =>
      Object.assign(new Error(`no ${n}`), { code: 'ECONNREFUSED', syscall: 'connect' }),
    );
    const error = wireErrorOf(new TypeError('fetch failed', { cause: new AggregateError(each) }));
    assert.deepEqual([error.brokenAt, error.message], ['before-sent', 'no 1']);
  });
});
