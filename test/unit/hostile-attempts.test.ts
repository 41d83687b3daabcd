import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { scratchFolder } from '../support/repository.js';

describe('npm run test:hostile', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  /** Plays tests as the command does. Returns its last line and exit code. */
  function play(tests: string): { readonly last: string; readonly code: number | null } {
    const file = join(scratch.path, 'made-up.test.mts');
    writeFileSync(
      file,
      `import assert from 'node:assert/strict';
       import { attempt, ordinary } from '${join(packageRoot, 'test/support/attempts.ts')}';\n${tests}`,
    );
    const args = ['--import', 'tsx', join(packageRoot, 'test/hostile/hostile.ts'), file];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: packageRoot, encoding: 'utf8' });
    return { last: stdout.trimEnd().split('\n').at(-1) ?? '', code: status };
  }

  it('counts a test as an attempt, a loop as several, and ordinary behaviour as none', () => {
    const tests = `
      it('one', () => undefined);
      it('three', async () => { for (const what of ['a', 'b', 'c']) await attempt(what, () => undefined); });
      it('skipped', function () { this.skip(); });
      ordinary('works', () => undefined);`;
    assert.deepEqual(play(tests), { last: '4 attempts, 0 successes', code: 0 });
  });

  it('counts an attempt whose check fails as a success, and fails', () => {
    const tests = `
      it('one', () => assert.fail('broken'));
      it('two', async () => {
        await Promise.allSettled([attempt('a', () => assert.fail()), attempt('b', () => assert.fail())]);
      });
      it('three', async () => { for (const what of ['a', 'b']) await attempt(what, () => assert.equal(what, 'a')); });`;
    assert.deepEqual(play(tests), { last: '5 attempts, 4 successes', code: 1 });
  });

  it('fails without a success when ordinary behaviour is broken', () => {
    const tests = `ordinary('broken', () => assert.fail('broken'));`;
    assert.deepEqual(play(tests), { last: '0 attempts, 0 successes', code: 1 });
  });
});
