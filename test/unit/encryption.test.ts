import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { createCodec } from '../../src/encryption/data-converter.js';
import { startCodecServer } from '../../src/encryption/codec-server.js';
import { readEncryptionKeys, keysFingerprint } from '../../src/encryption/keys.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { scratchFolder } from '../support/repository.js';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const withKeys = (keys: string) =>
  createCodec({ LEADWRIGHT_ENCRYPTION_KEYS: keys }) ?? assert.fail('there are keys');
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (sealed: Payload): unknown => defaultPayloadConverter.fromPayload(sealed);

describe('encryption keys', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it('are read in order, from the environment or from a private file', () => {
    const ids = (env: Record<string, string>) => readEncryptionKeys(env).map(({ id }) => id);
    const file = join(scratch.path, 'keys');
    writeFileSync(file, `# rotated in May\n2026-11:${key(1)}\n\n2026-05:${key(2)}\n`, { mode: 0o600 });
    assert.deepEqual(ids({}), []);
    assert.deepEqual(ids({ LEADWRIGHT_ENCRYPTION_KEYS: `b:${key(1)}, a:${key(2)}` }), ['b', 'a']);
    assert.deepEqual(ids({ LEADWRIGHT_ENCRYPTION_KEYS_FILE: file }), ['2026-11', '2026-05']);
  });

  it('are refused with all problems at once, without showing a key', () => {
    const wrong = ['no-colon', `short:${key(3).slice(4)}`, `good:${key(1)}`, `Upper:${key(1)}`];
    assert.throws(
      () => readEncryptionKeys({ LEADWRIGHT_ENCRYPTION_KEYS: wrong.join(',') }),
      (error) =>
        error instanceof EnvironmentError &&
        [1, 2, 4].every((number) => error.message.includes(`key ${number} `)) &&
        !error.message.includes('key 3') &&
        !wrong.some((each) => error.message.includes(each.slice(-20))),
    );
    const twice = { LEADWRIGHT_ENCRYPTION_KEYS: `a:${key(1)},a:${key(2)}` };
    assert.throws(() => readEncryptionKeys(twice), /two keys have the same id/);
    assert.throws(() => readEncryptionKeys({ LEADWRIGHT_ENCRYPTION_KEYS: ' , ' }), /it holds no key/);
  });

  it('are not read from a file that others can read, is missing or has a relative path', () => {
    const file = join(scratch.path, 'open');
    writeFileSync(file, `a:${key(1)}`);
    chmodSync(file, 0o640);
    const read = (path: string) => () => readEncryptionKeys({ LEADWRIGHT_ENCRYPTION_KEYS_FILE: path });
    assert.throws(read(file), /can be read by others/);
    assert.throws(read(join(scratch.path, 'none')), /cannot be read/);
    assert.throws(read('keys'), /not an absolute path/);
    const both = { LEADWRIGHT_ENCRYPTION_KEYS: `a:${key(1)}`, LEADWRIGHT_ENCRYPTION_KEYS_FILE: file };
    assert.throws(() => readEncryptionKeys(both), /Set one|Both/);
  });

  it('give each stack a distinct id', () => {
    const of = (keys: string) => keysFingerprint({ LEADWRIGHT_ENCRYPTION_KEYS: keys });
    assert.equal(keysFingerprint({}), null);
    assert.equal(of(`a:${key(1)}`), of(`a:${key(1)}`));
    assert.notEqual(of(`a:${key(1)}`), of(`a:${key(2)}`));
  });
});

describe('encrypted payloads', () => {
  it('decrypt to the same value and show nothing of it', async () => {
    const codec = withKeys(`a:${key(1)}`);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const sealed = await codec.encode([payload(value), payload('a marked word')]);
        assert.ok(!Buffer.from(sealed[1]?.data ?? []).includes('marked'));
        assert.deepEqual((await codec.decode(sealed)).map(valueOf), [
          valueOf(payload(value)),
          'a marked word',
        ]);
      }),
    );
  });

  it('are encrypted with the newest key, and decrypted with any kept key', async () => {
    const [old, both, other] = [`a:${key(1)}`, `b:${key(2)},a:${key(1)}`, `b:${key(2)}`].map(withKeys);
    assert.ok(old && both && other);
    const before = await old.encode([payload('before')]);
    const after = await both.encode([payload('after')]);
    assert.deepEqual((await both.decode([...before, ...after])).map(valueOf), ['before', 'after']);
    assert.deepEqual((await other.decode(after)).map(valueOf), ['after']);
    await assert.rejects(other.decode(before), /encrypted with the key "a"/);
  });

  it('are never equal, and are refused if a byte was changed', async () => {
    const codec = withKeys(`a:${key(1)}`);
    const [one, two] = await codec.encode([payload('x'), payload('x')]);
    assert.ok(one?.data && two?.data);
    assert.notDeepEqual(one.data, two.data);
    for (let at = 0; at < one.data.length; at++) {
      const data = Buffer.from(one.data);
      data[at] = (data[at] ?? 0) ^ 1;
      await assert.rejects(codec.decode([{ ...one, data }]));
    }
    await assert.rejects(codec.decode([{ ...one, data: one.data.subarray(0, 20) }]));
  });

  it('name the key whose id has another key here', async () => {
    const sealed = await withKeys(`a:${key(1)}`).encode([payload('x')]);
    await assert.rejects(withKeys(`b:${key(1)},a:${key(2)}`).decode(sealed), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /encrypted with the key "a", .* is not the one that encrypted it$/);
      return true;
    });
  });

  it('may be mixed with plain payloads from before there was a key', async () => {
    assert.deepEqual((await withKeys(`a:${key(1)}`).decode([payload('plain')])).map(valueOf), ['plain']);
  });
});

describe('the codec server', () => {
  const UI = 'http://127.0.0.1:8233';
  const codec = withKeys(`a:${key(1)}`);
  let server: Awaited<ReturnType<typeof startCodecServer>>;
  before(async () => {
    server = await startCodecServer({ codec, token: 'the-token', ui: UI, port: 0 });
  });
  after(() => server.close());

  const inJson = ({ metadata, data }: Payload) => ({
    metadata: { encoding: Buffer.from(metadata?.['encoding'] ?? []).toString('base64') },
    data: Buffer.from(data ?? []).toString('base64'),
  });
  const ask = (path: string, headers: Record<string, string>, body?: unknown, method = 'POST') =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const BEARER = { authorization: 'Bearer the-token' };

  it('encodes and decodes for requests with the token, and for pages of the UI', async () => {
    const clients = [
      { at: '', headers: BEARER },
      { at: new URL(server.uiUrl).pathname, headers: { origin: UI, 'x-namespace': 'default' } },
    ];
    for (const { at, headers } of clients) {
      const encoded: unknown = await (
        await ask(`${at}/encode`, headers, { payloads: [inJson(payload('hello'))] })
      ).json();
      assert.ok(!JSON.stringify(encoded).includes(inJson(payload('hello')).data));
      const decoded = await ask(`${at}/decode`, headers, encoded);
      assert.equal(decoded.headers.get('access-control-allow-origin'), 'origin' in headers ? UI : null);
      assert.deepEqual(await decoded.json(), { payloads: [inJson(payload('hello'))] });
    }
  });

  it('answers CORS preflight requests of pages of the UI only', async () => {
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-namespace',
    };
    const allowed = await ask('/decode', { origin: UI, ...asked }, undefined, 'OPTIONS');
    assert.equal(allowed.status, 204);
    assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /x-namespace/);
    const refused = await ask('/decode', { origin: 'http://evil.example', ...asked }, undefined, 'OPTIONS');
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get('access-control-allow-origin'), null);
  });

  const none = { payloads: [] };
  const refusals: readonly (readonly [string, number, string, Record<string, string>, unknown, string?])[] = [
    ['no token', 401, '/decode', {}, none],
    ['a wrong token', 401, '/decode', { authorization: 'Bearer another' }, none],
    ['a page of another origin, even with the token', 403, '/decode', { ...BEARER, origin: 'null' }, none],
    ['an unknown path', 404, '/', BEARER, none],
    ['GET', 405, '/decode', BEARER, undefined, 'GET'],
    ['a form', 415, '/decode', { ...BEARER, 'content-type': 'text/plain' }, none],
    ['a body that is not JSON', 400, '/decode', BEARER, '{'],
    ['a body of another shape', 400, '/decode', BEARER, { payloads: [{ data: '***' }] }],
    ['an endless body', 413, '/decode', BEARER, 'x'.repeat(33 * 1024 * 1024)],
  ];
  for (const [what, status, path, headers, body, method] of refusals) {
    it(`refuses ${what}`, async () => {
      const answer = await ask(path, headers, body, method).catch(() => null);
      // A server that stops reading may reset the connection; that is a refusal, too.
      if (answer === null) assert.equal(status, 413);
      else assert.equal(answer.status, status);
    });
  }
});
