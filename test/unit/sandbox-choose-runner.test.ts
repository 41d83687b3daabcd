import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/contract/errors.js';
import { BoundedOutput } from '../../src/results/bounded-output.js';
import { createCommandResult, type EndReason } from '../../src/results/command-result.js';
import { chooseRunner } from '../../src/sandbox/runners/choose-runner.js';
import { createSetUpError, NoSandboxError } from '../../src/sandbox/runners/no-sandbox-error.js';
import { probeSandbox } from '../../src/sandbox/runners/probe-sandbox.js';
import { createProcessGroupRunner } from '../../src/sandbox/runners/process-group-runner.js';
import type { Runner } from '../../src/sandbox/runners/runner.js';
import { useSmallDisk } from '../support/small-disk.js';

/** An EnvironmentError whose message matches, with a fix. */
function problem(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EnvironmentError, String(error));
    assert.match(error.message, message);
    assert.notEqual(error.fix, '');
    return true;
  };
}

describe('LEADWRIGHT_SANDBOX=auto', () => {
  const withHome = (home: string) => chooseRunner({ LEADWRIGHT_SANDBOX: 'auto', LEADWRIGHT_HOME: home });

  describe('on a small disk (root only)', () => {
    const disk = useSmallDisk('size=1m,nr_inodes=20');

    it('does not run without a sandbox because the disk is full', async () => {
      disk().useUpInodes();
      await assert.rejects(withHome(disk().path), problem(/scratch folder in .*ENOSPC/));
    });

    // The folder of trees, and the scratch folder with three others, all of the probe.
    for (const left of [1, 2, 4]) {
      it(`does not run without a sandbox because the disk has room for ${left} files only`, async () => {
        disk().useUpInodes(left);
        await assert.rejects(withHome(disk().path), problem(/scratch folder in .*ENOSPC/));
      });
    }

    it('needs no room on the disk for a sandbox', async function () {
      if ((await withHome(disk().path)).describe().kind !== 'sandbox') this.skip();
      disk().useUpInodes(4);
      assert.equal((await withHome(disk().path)).describe().kind, 'sandbox');
    });

    it('does not run without a sandbox because the disk is read-only', async () => {
      disk().makeReadOnly();
      await assert.rejects(withHome(disk().path), problem(/scratch folder in .*EROFS/));
    });
  });

  it('does not run without a sandbox because the home cannot be created', async () => {
    await assert.rejects(withHome('/dev/null/home'), problem(/scratch folder in \/dev\/null\/home/));
  });

  it('runs without a sandbox, with the reason, where the machine cannot make one', async () => {
    // A container engine that is not there, on any machine.
    const { kind, warning } = (
      await chooseRunner({ LEADWRIGHT_SANDBOX: 'auto', LEADWRIGHT_SANDBOX_IMAGE: 'no-such-image' })
    ).describe();
    assert.equal(kind, 'process-group');
    assert.match(warning ?? '', /without a sandbox \(.*(neither docker nor podman|no-such-image)/);
  });
});

describe('a sandbox that is tried', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'leadwright-probe-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** A runner whose commands end as told, one after the other. */
  function runnerThat(...ends: readonly (EndReason | number)[]): { readonly runner: Runner; tries: number } {
    const told = { runner: createProcessGroupRunner('a test'), tries: 0 };
    const run: Runner['run'] = () => {
      const end = ends[told.tries++] ?? 'timeout';
      const [code, ended] = typeof end === 'number' ? [end, 'exited' as const] : [null, end];
      return Promise.resolve(createCommandResult({ code, signal: null }, ended, new BoundedOutput(10), 0));
    };
    told.runner = { ...told.runner, run };
    return told;
  }

  it('is tried again after a time-out, and used if it then works', async () => {
    const told = runnerThat('timeout', 0);
    await probeSandbox(told.runner, { LEADWRIGHT_HOME: home });
    assert.equal(told.tries, 2);
    assert.deepEqual(readdirSync(join(home, 'trees')), []);
  });

  it('is neither used nor done without after two time-outs', async () => {
    const told = runnerThat('timeout', 'timeout');
    await assert.rejects(probeSandbox(told.runner, { LEADWRIGHT_HOME: home }), (error) => {
      assert.equal(isNoSandbox(error), false);
      return problem(/did not run `true` within 10 s/)(error);
    });
  });

  it('is not used if `true` fails in it', async () => {
    await assert.rejects(
      probeSandbox(runnerThat(1).runner, { LEADWRIGHT_HOME: home }),
      problem(/`true` ended with exit code 1/),
    );
  });

  const setUps: readonly (readonly [string, boolean])[] = [
    ['bwrap: setting up uid map: Permission denied', true],
    ['bwrap: No permissions to create new namespace, likely because the kernel does not allow it', true],
    // What the kernel says when user.max_user_namespaces is 0.
    ['unshare: unshare failed: No space left on device', true],
    ['unshare: unshare failed: Operation not permitted', true],
    ['sh: 1: Cannot fork', false],
    ['bwrap: Creating new namespace failed: Resource temporarily unavailable', false],
    ['mount: Cannot allocate memory', false],
    ['', false],
  ];
  for (const [output, cannot] of setUps) {
    it(`${cannot ? 'is impossible here' : 'may work later'}: ${output === '' ? 'it was killed' : output}`, () => {
      assert.equal(isNoSandbox(createSetUpError(output)), cannot);
    });
  }

  const isNoSandbox = (error: unknown) => error instanceof NoSandboxError;
});
