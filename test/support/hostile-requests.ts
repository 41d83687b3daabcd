import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { TOKEN } from './server.js';

/** The bytes of one connection, one character per byte, split into the packets that are sent. */
export type Pieces = readonly string[];

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Text of any bytes, with those that matter to HTTP more often than by chance. */
const anyText = (maxLength: number) =>
  fc.oneof(
    fc.string({ maxLength }),
    fc.string({
      unit: fc.constantFrom('\r', '\n', ':', ' ', '\t', '\0', 'a', '\x7f', '\xff', ','),
      maxLength,
    }),
    fc.string({ unit: 'binary', maxLength }),
  );

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'PUT',
      'DELETE',
      'PATCH',
      'OPTIONS',
      'CONNECT',
      'TRACE',
      'PRI',
      'MKCOL',
      'get',
      '',
    ),
  },
  { weight: 1, arbitrary: anyText(12) },
);

const KNOWN_PATHS = ['/', '/healthz', '/readyz', '/metrics', '/events', '/api/runs', '/api/runs/hostile'];

const target = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KNOWN_PATHS) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '*',
      '//evil.example/healthz',
      'http://evil.example/api/runs',
      `/api/runs?token=${TOKEN}`,
      '/../../../../etc/passwd',
      '/..%2f..%2ftoken',
      '/%2e%2e/%2e%2e/package.json',
      '/dashboard.js/../../package.json',
      '/api/runs/%00',
      '/api/runs/%zz',
      '/api/runs/hostile/../hostile',
      '/events?run=hostile&after=99999999999999999999',
      `/${'a'.repeat(9_000)}`,
      '/api/__proto__',
      '/constructor',
    ),
  },
  { weight: 2, arbitrary: fc.webPath().map((path) => (path === '' ? '/' : path)) },
  { weight: 1, arbitrary: anyText(40) },
);

const version = fc.oneof(
  { weight: 9, arbitrary: fc.constant('HTTP/1.1') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.10', 'http/1.1', 'ICY', ''),
  },
);

const lengths = fc.constantFrom(
  '0',
  '5',
  '-1',
  '5, 5',
  '5, 6',
  '+5',
  '0x5',
  'five',
  '99999999999999999999',
  ' 5 ',
);
const codings = fc.constantFrom(
  'chunked',
  'gzip, chunked',
  'chunked, chunked',
  'xchunked',
  'chunked;q=1',
  'identity',
);

/** One header line, valid or not. */
const headerLine = fc.oneof(
  lengths.map((value) => `Content-Length: ${value}`),
  codings.map((value) => `Transfer-Encoding: ${value}`),
  fc.constantFrom(
    'Host: evil.example',
    'Host: 127.0.0.1',
    'Host: 127.0.0.1@evil.example',
    'Origin: https://evil.example',
    'Origin: null',
    'Authorization: Bearer wrong',
    'Authorization: Basic YTpi',
    'Authorization: Bearer',
    'Expect: 100-continue',
    'Expect: something-else',
    'Connection: close',
    'Connection: keep-alive, Upgrade',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
    'Content-Type: application/json',
    'Content-Type: multipart/form-data; boundary=x',
    'Content-Encoding: gzip',
    'Accept-Encoding: gzip, deflate, br',
    'If-None-Match: "x"',
    'Range: bytes=0-1',
    'X-Forwarded-For: 203.0.113.1',
    'Folded: one\r\n two\r\n\tthree',
    ' Leading: space',
    'Space : before the colon',
    'No colon at all',
    ': no name',
    '__proto__: x',
    'Nul: a\0b',
    `Giant: ${'g'.repeat(20_000)}`,
    `Large: ${'l'.repeat(3_000)}`,
    ...['Sec-WebSocket-Key: AAAA', 'Sec-WebSocket-Version: 99', 'Sec-WebSocket-Protocol: ,,'],
  ),
  fc.tuple(anyText(20), anyText(60)).map(([name, value]) => `${name}: ${value}`),
  anyText(60),
);

const body = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  fc.constantFrom(
    'hello',
    '{"limit":1}',
    '{"a":'.repeat(2_000),
    '5\r\nhello\r\n0\r\n\r\n',
    '5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n',
    `5;${'e'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
    'fffffffffffffffff\r\nhello',
    '-1\r\nhello\r\n',
    '0\r\n\r\nGET /api/runs HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(3),
    'x'.repeat(100_000),
  ),
  { weight: 2, arbitrary: anyText(200) },
);

/** Where a text is split into packets; mostly nowhere. */
const cuts = fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(fc.nat(400), { maxLength: 3 }));

function tightenedAt(whole: string, places: readonly number[]): Pieces {
  const edges = [0, ...places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return edges.slice(1).map((edge, index) => whole.slice(edges[index], edge));
}

/** A request: anything from valid HTTP to arbitrary bytes. */
export const httpRequest: fc.Arbitrary<Pieces> = fc.oneof(
  {
    weight: 15,
    arbitrary: fc
      .record({
        line: fc.tuple(method, target, version).map((parts) => parts.join(' ')),
        hasHost: fc.nat(9).map((n) => n > 0),
        hasToken: fc.boolean(),
        headers: fc.array(headerLine, { maxLength: 6 }),
        end: fc.oneof({ weight: 12, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r', '\r\n\r')),
        body,
        cuts,
      })
      .map((request) => {
        const lines = [
          request.line,
          ...(request.hasHost ? ['Host: 127.0.0.1'] : []),
          ...(request.hasToken ? [`Authorization: Bearer ${TOKEN}`] : []),
          ...request.headers,
        ];
        const head = lines.map((line) => `${line}${request.end}`).join('');
        return tightenedAt(`${head}${request.end}${request.body}`, request.cuts);
      }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => [latin1(bytes)]) },
  // Clients of other protocols: TLS, HTTP/2, SSH.
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('\x16\x03\x01\x02\x00', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'SSH-2.0-x\r\n')
      .map((text) => [text]),
  },
);

const protocols = fc.oneof(
  fc.constantFrom(
    'leadwright.v1',
    `leadwright.v1, bearer.${TOKEN}`,
    `bearer.${TOKEN}`,
    'bearer.',
    'bearer.wrong',
  ),
  fc.constantFrom('leadwright.v1, leadwright.v1', ',', 'a b', '"quoted"', 'leadwright.v2', ''),
  anyText(30).map((text) => text.replace(/[\r\n]/g, '')),
);

/** A WebSocket handshake, valid or not. */
export const handshake: fc.Arbitrary<Pieces> = fc
  .record({
    method: fc.oneof(
      { weight: 9, arbitrary: fc.constant('GET') },
      fc.constantFrom('POST', 'HEAD', 'CONNECT'),
    ),
    path: fc.oneof(
      { weight: 5, arbitrary: fc.constant('/events') },
      { weight: 1, arbitrary: fc.constant('/deltas') },
      fc.constantFrom('/', '/api/runs', '/events/', '/healthz', '//events'),
    ),
    query: fc.oneof(
      fc.constantFrom('run=hostile', 'run=hostile&after=1', 'run=unknown', 'run=hostile&run=hostile', ''),
      fc.constantFrom(
        'run=hostile&after=1e3',
        'run=%00',
        `run=hostile&token=${TOKEN}`,
        'task=price&run=hostile',
      ),
      fc.webQueryParameters(),
    ),
    upgrade: fc.constantFrom('websocket', 'WebSocket', 'h2c', 'websocket, h2c', ''),
    key: fc.oneof(
      fc.constant('dGhlIHNhbXBsZSBub25jZQ=='),
      fc.constantFrom('', 'short', 'dGhlIHNhbXBsZSBub25jZQ==x'),
    ),
    version: fc.oneof(
      { weight: 5, arbitrary: fc.constant('13') },
      fc.constantFrom('8', '12', '0', 'x', '13, 8'),
    ),
    protocols: fc.option(protocols),
    extensions: fc.option(
      fc.constantFrom('permessage-deflate', 'permessage-deflate; server_max_window_bits=99', ';;', 'x; y="'),
    ),
    hasToken: fc.boolean(),
    cuts,
  })
  .map((asked) => {
    const lines = [
      `${asked.method} ${asked.path}?${asked.query} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Connection: Upgrade',
      `Upgrade: ${asked.upgrade}`,
      `Sec-WebSocket-Key: ${asked.key}`,
      `Sec-WebSocket-Version: ${asked.version}`,
      ...(asked.protocols === null ? [] : [`Sec-WebSocket-Protocol: ${asked.protocols}`]),
      ...(asked.extensions === null ? [] : [`Sec-WebSocket-Extensions: ${asked.extensions}`]),
      ...(asked.hasToken ? [`Authorization: Bearer ${TOKEN}`] : []),
    ];
    return tightenedAt(`${lines.join('\r\n')}\r\n\r\n`, asked.cuts);
  });

/** One frame from a client, with any part valid or not. */
const frame: fc.Arbitrary<Buffer> = fc
  .record({
    isFinal: fc.boolean(),
    reserved: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(7)),
    opcode: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) }, fc.nat(15)),
    isMasked: fc.nat(9).map((n) => n > 0),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(new Uint8Array(), new Uint8Array(3_000)),
    ),
    // A wrong length.
    claimed: fc.option(fc.constantFrom(0, 126, 127, 65_535, 2 ** 31, 2 ** 52), { freq: 9 }),
    wide: fc.boolean(),
  })
  .map(({ isFinal, reserved, opcode, isMasked, payload, claimed, wide }) =>
    encodeFrame(
      (isFinal ? 0x80 : 0) | (reserved << 4) | opcode,
      isMasked,
      payload,
      claimed ?? payload.length,
      wide,
    ),
  );

/** Encodes a frame, valid or not. `first` is its first byte: FIN, reserved bits and opcode. */
export function encodeFrame(
  first: number,
  isMasked: boolean,
  payload: Uint8Array,
  length: number,
  wide: boolean,
): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const head =
    wide || length > 65_535
      ? Buffer.concat([Buffer.from([first, mask | 127]), bigEndian(length, 8)])
      : length > 125
        ? Buffer.concat([Buffer.from([first, mask | 126]), bigEndian(length, 2)])
        : Buffer.from([first, mask | length]);
  const key = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (key[index % 4] ?? 0));
  return Buffer.concat(isMasked ? [head, key, masked] : [head, payload]);
}

function bigEndian(value: number, length: 2 | 8): Buffer {
  const buffer = Buffer.alloc(length);
  if (length === 2) buffer.writeUInt16BE(value);
  else buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
}

/** A valid handshake. */
export const openingAt = (target: string): string =>
  [
    `GET ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: leadwright.v1',
    `Authorization: Bearer ${TOKEN}`,
    '\r\n',
  ].join('\r\n');

/** A WebSocket with a valid handshake, and the frames sent over it, some of them before it is open. */
export const sessionAt = (target: string): fc.Arbitrary<Pieces> =>
  fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(frame, { maxLength: 3 })),
      fc.array(frame, { maxLength: 12 }),
    )
    .map(([hasty, frames]) => [`${openingAt(target)}${latin1(Buffer.concat(hasty))}`, ...frames.map(latin1)]);

/** A JSON body for a POST: any value, almost valid values, and invalid JSON. */
export const jsonBody: fc.Arbitrary<string> = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '{"__proto__":{"limit":1}}',
    `{"limit":${'9'.repeat(400)}}`,
  ),
  fc.constantFrom(
    '{"limit":0}',
    '{"limit":1e9}',
    '{"limit":"1"}',
    '{"action":"answer"}',
    '{"text":null}',
    '\ufeff{}',
  ),
  fc.constantFrom('{}', '{"limit":3}', '{"text":"Both."}'),
  fc
    .record({ limit: fc.anything(), text: fc.anything(), addUsd: fc.anything() })
    .map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
