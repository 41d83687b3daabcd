import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { startCodecServer } from '../../src/encryption/codec-server.js';
import { EncryptingCodec } from '../../src/encryption/payload-codec.js';
import { attempt, ordinary } from '../support/attempts.js';
import { exchange } from '../support/raw-http.js';

const UI = 'http://127.0.0.1:8233';
const TOKEN = 'the-token-of-the-codec';
const SECRET = Buffer.alloc(32, 'K');
const PLAIN = 'the marked content';

/** It has the keys of all payloads, and listens on loopback, where every user and every web page can reach it. */
describe('a client of the codec server without the token', () => {
  const codec = new EncryptingCodec({ id: 'k1', secret: SECRET }, []);
  let server: Awaited<ReturnType<typeof startCodecServer>>;
  let port: number;
  let sealed = '';

  before(async () => {
    server = await startCodecServer({ codec, token: TOKEN, ui: UI, port: 0 });
    port = Number(new URL(server.url).port);
    const [payload] = await codec.encode([
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(PLAIN)) },
    ]);
    const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
    const metadata = Object.fromEntries(
      Object.entries(payload?.metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]),
    );
    sealed = JSON.stringify({ payloads: [{ metadata, data: base64(payload?.data) }] });
  });
  after(() => server.close());

  async function send(
    headers: readonly string[],
    { path = '/decode', body = sealed, method = 'POST', host = '127.0.0.1' } = {},
  ): Promise<string> {
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...headers,
    ];
    const answer = (await exchange(port, [`${head.join('\r\n')}\r\n\r\n${body}`])).toString('latin1');
    // Whatever is answered, no key is.
    for (const form of ['latin1', 'hex', 'base64'] as const)
      assert.ok(!answer.includes(SECRET.toString(form)));
    assert.ok(!answer.includes(TOKEN));
    return answer;
  }
  const opened = Buffer.from(JSON.stringify(PLAIN)).toString('base64');

  const CLIENTS: readonly (readonly [
    what: string,
    headers: readonly string[],
    more?: Parameters<typeof send>[1],
  ])[] = [
    ['none', []],
    ['a wrong token', ['Authorization: Bearer wrong']],
    ['the token as a password', [`Authorization: Basic ${Buffer.from(TOKEN).toString('base64')}`]],
    ['the token in the URL', [], { path: `/decode?token=${TOKEN}` }],
    ['an origin of another site', ['Origin: https://evil.example', `Authorization: Bearer ${TOKEN}`]],
    ['no origin of a page', ['Origin: null', `Authorization: Bearer ${TOKEN}`]],
    ['a host that resolves to this machine', [`Authorization: Bearer ${TOKEN}`], { host: 'evil.example' }],
    ['another path', [`Authorization: Bearer ${TOKEN}`], { path: '/%64ecode/../keys' }],
    // A program can send any Origin. Only a browser is honest about it.
    ['the origin of the UI, but by a program', [`Origin: ${UI}`]],
    ['the origin of the UI and a guessed path', [`Origin: ${UI}`], { path: `/${'0'.repeat(43)}/decode` }],
  ];
  for (const [what, headers, more] of CLIENTS) {
    it(`decodes nothing with ${what}`, async () => {
      const answer = await send(headers, more);
      assert.match(answer, /^HTTP\/1\.1 4\d\d /);
      assert.ok(!answer.includes(opened));
    });
  }

  it('learns no key from the answer to an invalid body', async () => {
    const authorized = [`Authorization: Bearer ${TOKEN}`];
    const payload = (metadata: object, data: string) => JSON.stringify({ payloads: [{ metadata, data }] });
    const encrypted = { encoding: 'YmluYXJ5L2VuY3J5cHRlZA==', 'encryption-key-id': 'azE=' };
    for (const [what, body] of [
      ['nothing', ''],
      ['no JSON', '{'],
      ['a prototype', '{"__proto__":{"payloads":[]}}'],
      ['metadata of a prototype', '{"payloads":[{"metadata":{"__proto__":"eA=="}}]}'],
      ['short data', payload(encrypted, 'eA==')],
      ['no data', payload(encrypted, '')],
      ['forged data', payload(encrypted, Buffer.alloc(100, 'x').toString('base64'))],
      ['an unknown key', payload({ ...encrypted, 'encryption-key-id': 'a2V5' }, 'eA==')],
      ['compressed bytes', gzipSync(Buffer.alloc(1_000_000)).toString('latin1')],
      ['deep JSON', '['.repeat(100_000)],
    ] as const) {
      await attempt(what, async () => {
        assert.match(await send(authorized, { body }), /^HTTP\/1\.1 (?:4\d\d|200) /);
      });
    }
    await attempt('a body that claims to be compressed', async () => {
      // Nothing is inflated: the bytes are not JSON.
      const body = gzipSync(sealed).toString('latin1');
      const answer = await send([...authorized, 'Content-Encoding: gzip'], { body });
      assert.match(answer, /^HTTP\/1\.1 4\d\d /);
    });
    await attempt('a body of a terabyte', async () => {
      const head = `POST /decode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1099511627776\r\n${authorized[0] ?? ''}\r\n\r\n`;
      const megabyte = ' '.repeat(2 ** 20);
      const answer = await exchange(port, [head, ...Array<string>(40).fill(megabyte)]);
      // The refusal may be lost when the connection is reset.
      assert.match(answer.toString('latin1'), /^(?:HTTP\/1\.1 413 |$)/);
    });
  });

  ordinary('can decode with the token, and as a page of the UI by the URL with the key', async () => {
    assert.ok((await send([`Authorization: Bearer ${TOKEN}`])).includes(opened));
    const path = `${new URL(server.uiUrl).pathname}/decode`;
    const page = await send([`Origin: ${UI}`], { path });
    assert.ok(page.includes(opened));
    assert.match(page, new RegExp(`^access-control-allow-origin: ${UI}`, 'im'));
    assert.match(await send(['Origin: https://evil.example'], { path }), /^HTTP\/1\.1 403 /);
  });
});
