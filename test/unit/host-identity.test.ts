import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostIdentity, keepId, type HostFacts } from '../../src/shared/process/host-identity.js';

const NAME = 'build';
const LINUX: HostFacts = {
  machineId: '0123456789abcdef0123456789abcdef',
  bootId: '7b0d6f2e-3c1a-4f5e-9a8b-0c1d2e3f4a5b',
  // The first namespace of every kernel has this number.
  pidNamespace: 'pid:[4026531836]',
};
const UNKNOWN: HostFacts = { machineId: null, bootId: null, pidNamespace: null };
const unused = () => assert.fail('the kernel says enough');

describe('the identity of a host', () => {
  it('has at least 64 bits, and is the same for all processes of the host', () => {
    const identity = hostIdentity(LINUX, NAME, unused);
    assert.match(identity, /^[0-9a-f]{16,}$/);
    assert.equal(hostIdentity(LINUX, 'renamed', unused), identity);
  });

  const others: readonly (readonly [string, Partial<HostFacts>])[] = [
    ['another machine', { machineId: 'f'.repeat(32), bootId: '11111111-2222-4333-8444-555555555555' }],
    ['a clone with its machine id', { bootId: '11111111-2222-4333-8444-555555555555' }],
    ['another container on the same machine', { pidNamespace: 'pid:[4026532201]' }],
    ['a container whose image has no machine id', { machineId: null, pidNamespace: 'pid:[4026532201]' }],
  ];
  for (const [what, changed] of others) {
    it(`differs from that of ${what} with the same name`, () => {
      assert.notEqual(
        hostIdentity({ ...LINUX, ...changed }, NAME, unused),
        hostIdentity(LINUX, NAME, unused),
      );
    });
  }

  for (const missing of ['bootId', 'pidNamespace'] as const) {
    it(`is that of the name and a kept id without the ${missing}`, () => {
      const facts = { ...LINUX, [missing]: null };
      const one = hostIdentity(facts, NAME, () => 'one');
      assert.equal(
        hostIdentity(facts, NAME, () => 'one'),
        one,
      );
      assert.notEqual(
        hostIdentity(facts, NAME, () => 'two'),
        one,
      );
      assert.notEqual(
        hostIdentity(facts, 'other', () => 'one'),
        one,
      );
      assert.equal(
        hostIdentity(UNKNOWN, NAME, () => 'one'),
        one,
      );
    });
  }

  describe('the kept id', () => {
    let parent: string;
    let folder: string;
    beforeEach(() => {
      parent = mkdtempSync(join(tmpdir(), 'leadwright-host-id-'));
      folder = join(parent, 'own');
    });
    afterEach(() => rmSync(parent, { recursive: true, force: true }));

    it('is shared by the processes of an account, and leaves no draft', () => {
      const id = keepId(folder);
      assert.equal(keepId(folder), id);
      assert.deepEqual(readdirSync(folder), ['host-id']);
    });

    it('is a new one after the machine was started again', () => {
      const id = keepId(folder);
      utimesSync(join(folder, 'host-id'), 1, 1);
      const next = keepId(folder);
      assert.notEqual(next, id);
      assert.equal(keepId(folder), next);
    });

    it('is taken from no folder that others can write to', () => {
      const id = keepId(folder);
      chmodSync(folder, 0o777);
      assert.notEqual(keepId(folder), id);
    });

    it('is random for each process where it cannot be kept', () => {
      const missing = join(parent, 'missing', 'own');
      assert.notEqual(keepId(missing), keepId(missing));
    });
  });
});
