import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { startCommand } from '../support/cli.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';
import { temporalCli } from '../support/temporal-cli.js';

/** Another account of every system. */
const NOBODY = 65_534;

/** A home that another user could read: one of an earlier version, or one that was copied or restored. */
describe('a home that others can enter', function () {
  this.timeout(120_000);
  const scratch = scratchFolder();
  let temporal: string;
  before(async () => {
    temporal = await temporalCli();
    // Another user has to get as far as the home.
    chmodSync(scratch.path, 0o755);
  });
  after(() => scratch.remove());

  const run = async (home: string, args: readonly string[]) =>
    startCommand(args, {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LEADWRIGHT_HOME: home,
      TEMPORAL_CLI_PATH: temporal,
      LEADWRIGHT_ENCRYPTION_KEYS: undefined,
    }).done;
  const dryRun = (name: string): readonly string[] => {
    const { options } = makeProject(scratch.path, name, [{ id: 'one', title: 'One' }], { test: 'true' });
    return ['run', ...options, '--dry-run', '--model', 'scripted'];
  };
  /** Whether another user can read a file. */
  const isReadable = (file: string): boolean =>
    process.getuid?.() === 0 && spawnSync('cat', [file], { uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0;

  const COMMANDS: readonly (readonly [string, (name: string) => readonly string[]])[] = [
    ['status', () => ['status', '--json']],
    ['doctor', () => ['doctor', '--json']],
    ['run --dry-run', dryRun],
    ['replay', () => ['replay', 'missing.json']],
    ['codec', () => ['codec']],
    ['worker', () => ['worker']],
    ['notifier', () => ['notifier']],
  ];
  for (const [what, args] of COMMANDS) {
    it(`is closed by \`${what}\``, async () => {
      const home = mkdtempSync(join(scratch.path, 'home-'));
      const secret = join(home, 'temporal', 'temporal.db');
      mkdirSync(join(home, 'temporal'), { mode: 0o755 });
      writeFileSync(join(home, 'layout'), '1\n');
      writeFileSync(secret, 'conversations', { mode: 0o644 });
      chmodSync(home, 0o755);
      if (process.getuid?.() === 0) assert.ok(isReadable(secret), 'the attack works until the command runs');
      if (what === 'status') rmSync(secret);
      await run(home, args(`closed-${what.replaceAll(/\W/g, '')}`));
      assert.equal(statSync(home).mode & 0o777, 0o700);
      assert.ok(!isReadable(secret));
    });

    it(`is private from the start when made by \`${what}\``, async () => {
      const home = join(scratch.path, `new-${what.replaceAll(/\W/g, '')}`, 'home');
      await run(home, args(`new-${what.replaceAll(/\W/g, '')}`));
      if (existsSync(home)) assert.equal(statSync(home).mode & 0o777, 0o700);
    });
  }

  it('is refused when it is a folder that all users share', async () => {
    const shared = mkdtempSync(join(scratch.path, 'shared-'));
    chmodSync(shared, 0o1777);
    const ran = await run(shared, ['status']);
    assert.equal(ran.code, 3, ran.stderr);
    assert.match(ran.stderr, /LEADWRIGHT_HOME/);
    assert.equal(statSync(shared).mode & 0o7777, 0o1777);
  });

  it('is refused when another account made it: that account chose what is in it', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const planted = mkdtempSync(join(scratch.path, 'planted-'));
    writeFileSync(join(planted, 'layout'), '1\n');
    symlinkSync('layout', join(planted, 'token'));
    chmodSync(planted, 0o777);
    chownSync(planted, NOBODY, NOBODY);
    for (const command of ['status', 'doctor', 'up']) {
      const ran = await run(planted, [command]);
      assert.equal(ran.code, 3, ran.stderr);
      assert.match(ran.stderr, /belongs to another account \(uid 65534\)/);
    }
    assert.deepEqual(readdirSync(planted).sort(), ['layout', 'token'], 'nothing was written');
  });
});
