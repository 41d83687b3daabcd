import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload, type SerializationContext } from '@temporalio/common';
import fc from 'fast-check';
import { REJECTED } from '../../src/contract/authenticity.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { createDataConverter, createFileConverter } from '../../src/encryption/data-converter.js';
import { SigningCodec } from '../../src/encryption/signing-codec.js';
import { scratchFolder } from '../support/repository.js';

const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (decoded: Payload): unknown => defaultPayloadConverter.fromPayload(decoded);
const codec = (...bytes: readonly [number, ...number[]]) => {
  const [newest, ...older] = bytes.map((byte) => Buffer.alloc(32, byte));
  assert.ok(newest);
  return new SigningCodec([newest, ...older]);
};
const WORKFLOW = { type: 'workflow', namespace: 'default', workflowId: 'leadwright/shop' } as const;
const ACTIVITY = { ...WORKFLOW, type: 'activity', activityId: '7', isLocal: false } as const;

describe('signed payloads', () => {
  const decode = async (by: SigningCodec, given: Payload, context?: SerializationContext) =>
    valueOf((await by.decode([given], context))[0] ?? assert.fail('one payload'));
  const signed = async (by: SigningCodec, value: unknown, context?: SerializationContext) =>
    (await by.encode([payload(value)], context))[0] ?? assert.fail('one payload');

  it('keep their data and their encoding, and are accepted where they belong', async () => {
    const given = await signed(codec(1), { runId: 'shop' }, WORKFLOW);
    assert.deepEqual(given.data, payload({ runId: 'shop' }).data);
    assert.deepEqual(given.metadata?.['encoding'], payload({}).metadata?.['encoding']);
    assert.deepEqual(await decode(codec(1), given, WORKFLOW), { runId: 'shop' });
    assert.deepEqual(await decode(codec(2, 1), given, WORKFLOW), { runId: 'shop' });
  });

  const elsewhere: readonly (readonly [string, SerializationContext | undefined])[] = [
    ['another workflow', { ...WORKFLOW, workflowId: 'leadwright/shop/a' }],
    ['another namespace', { ...WORKFLOW, namespace: 'other' }],
    ['an activity of the workflow', ACTIVITY],
    ['nobody', undefined],
  ];
  for (const [whom, context] of elsewhere) {
    it(`are rejected when they are copied to ${whom}`, async () => {
      assert.equal(await decode(codec(1), await signed(codec(1), 'x', WORKFLOW), context), REJECTED);
    });
  }

  it('are rejected when they are copied to another activity', async () => {
    const given = await signed(codec(1), 'x', ACTIVITY);
    assert.equal(await decode(codec(1), given, ACTIVITY), 'x');
    assert.equal(await decode(codec(1), given, { ...ACTIVITY, activityId: '8' }), REJECTED);
    assert.equal(await decode(codec(1), given, { ...ACTIVITY, workflowId: 'other' }), REJECTED);
  });

  it('are rejected without a signature, with one of another key, and when a byte was changed', async () => {
    assert.equal(await decode(codec(1), payload('x'), WORKFLOW), REJECTED);
    assert.equal(await decode(codec(1), {}, WORKFLOW), REJECTED);
    assert.equal(await decode(codec(1), await signed(codec(2), 'x', WORKFLOW), WORKFLOW), REJECTED);
    const given = await signed(codec(1), 'x', WORKFLOW);
    for (const [name, bytes] of [
      ...Object.entries(given.metadata ?? {}),
      ['data', given.data ?? Buffer.of()] as const,
    ]) {
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const forged =
          name === 'data'
            ? { ...given, data: changed }
            : { ...given, metadata: { ...given.metadata, [name]: changed } };
        assert.equal(await decode(codec(1), forged, WORKFLOW), REJECTED, `${name} ${at}`);
      }
    }
    const more = { ...given, metadata: { ...given.metadata, messageType: Buffer.from('x') } };
    assert.equal(await decode(codec(1), more, WORKFLOW), REJECTED);
  });

  it('never share a signature, wherever the bytes are divided between names, values and data', async () => {
    const part = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', '\0') });
    const any = fc.record({ metadata: fc.dictionary(part, part), data: part, workflowId: part });
    await fc.assert(
      fc.asyncProperty(any, any, async (one, other) => {
        const signatureOf = async ({ metadata, data, workflowId }: typeof one) => {
          const bytes = Object.fromEntries(
            Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text)]),
          );
          const [made] = await codec(1).encode([{ metadata: bytes, data: Buffer.from(data) }], {
            ...WORKFLOW,
            workflowId,
          });
          return Buffer.from(made?.metadata?.['leadwright-hmac'] ?? []).toString('hex');
        };
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        if (!isSame && Object.keys(one.metadata).length + Object.keys(other.metadata).length < 3)
          assert.notEqual(await signatureOf(one), await signatureOf(other));
      }),
    );
  });
});

describe('the data converter', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());
  const KEYS = { LEADWRIGHT_ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 1).toString('base64')}` };
  const through = async (
    env: Record<string, string>,
    given: readonly Payload[],
    how: 'encode' | 'decode',
  ) => {
    const { payloadCodecs = [] } = await createDataConverter(env);
    let payloads = [...given];
    for (const each of how === 'encode' ? payloadCodecs : payloadCodecs.toReversed())
      payloads = await each[how](payloads, WORKFLOW);
    return payloads;
  };

  it("signs with the home's key, which the first use makes, for its owner only", async () => {
    const file = join(scratch.path, 'payload-key');
    const env = { LEADWRIGHT_PAYLOAD_KEY_FILE: file };
    const made = await through(env, [payload('x')], 'encode');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual((await through(env, made, 'decode')).map(valueOf), ['x']);
    assert.deepEqual((await through(env, [payload('x')], 'decode')).map(valueOf), [REJECTED]);
    const both = { ...env, ...KEYS };
    assert.deepEqual((await through(both, made, 'decode')).map(valueOf), ['x'], 'from before encryption');
    assert.deepEqual(
      (await through(both, await through(both, [payload('y')], 'encode'), 'decode')).map(valueOf),
      ['y'],
    );
  });

  it('says that open runs need a key whose file is damaged, and does not just advise to delete it', async () => {
    const file = join(scratch.path, 'payload-key-cut-off');
    writeFileSync(file, '', { mode: 0o600 });
    await assert.rejects(createDataConverter({ LEADWRIGHT_PAYLOAD_KEY_FILE: file }), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /payload-key-cut-off does not hold a payload key/);
      assert.match(error.fix, /^Put it back from a backup: open runs need it\. .*doctor --repair/);
      return true;
    });
  });

  it('signs with a key derived from the encryption keys, rejects plain payloads, and names a missing key', async () => {
    const made = await through(KEYS, [payload('x')], 'encode');
    assert.deepEqual((await through(KEYS, made, 'decode')).map(valueOf), ['x']);
    assert.deepEqual((await through(KEYS, [payload('x')], 'decode')).map(valueOf), [REJECTED]);
    const other = { LEADWRIGHT_ENCRYPTION_KEYS: `b:${Buffer.alloc(32, 2).toString('base64')}` };
    await assert.rejects(through(other, made, 'decode'), /encrypted with the key "a"/);
  });

  it('names the missing key when the process has no encryption keys at all', async () => {
    const file = { LEADWRIGHT_PAYLOAD_KEY_FILE: join(scratch.path, 'payload-key-of-encrypted') };
    const signed = await through({ ...file, ...KEYS }, [payload('x')], 'encode');
    await assert.rejects(through(file, signed, 'decode'), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /encrypted with the key "a"/);
      return true;
    });
    await assert.rejects(through({}, signed, 'decode'), /encrypted with the key "a"/);
  });

  it('rejects an encrypted payload without a signature, so that nobody can stop a workflow with one', async () => {
    const file = { LEADWRIGHT_PAYLOAD_KEY_FILE: join(scratch.path, 'payload-key-of-plain') };
    const made = await through(KEYS, [payload('x')], 'encode');
    assert.deepEqual((await through(file, made, 'decode')).map(valueOf), [REJECTED]);
  });

  it('leaves payloads as they are without a key, and trusts history files', async () => {
    assert.deepEqual(await through({}, [payload('x')], 'encode'), [payload('x')]);
    assert.deepEqual(createFileConverter({}), {});
    const { payloadCodecs: [decrypting] = [] } = createFileConverter(KEYS);
    const made = await through(KEYS, [payload('x')], 'encode');
    assert.deepEqual((await decrypting?.decode([...made, payload('y')]))?.map(valueOf), ['x', 'y']);
  });
});
