import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/contract/errors.js';
import { findCommandProcesses } from '../../src/sandbox/processes.js';
import {
  createScratchFolder,
  removeScratchFolder,
  removeLeftoverTrees,
} from '../../src/sandbox/scratch-folder.js';
import { runOnCommit } from '../../src/sandbox/run-on-commit.js';
import { chooseRunner } from '../../src/sandbox/runners/choose-runner.js';
import { deadOwner, ELSEWHERE } from '../support/owners.js';
import { useSmallDisk } from '../support/small-disk.js';
import { nth, scaffold, sourceOf, type Scaffold } from './sandbox-support.js';
import { eventually } from '../support/eventually.js';

describe('running a command on a commit', () => {
  let at: Scaffold;
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(async () => {
    const left = findCommandProcesses({ leader: null, id: '', folder: at.folder }, new Set());
    await at.remove();
    assert.deepEqual(left, [], 'processes were left behind');
  });

  it('has the files of that commit, in a folder that is removed afterwards', async () => {
    const source = sourceOf({ 'a/b.txt': 'one' }, { 'a/b.txt': 'two' });
    const first = await runOnCommit(at.request(source, 'cat a/b.txt'));
    const second = await runOnCommit(at.request(source, 'cat a/b.txt; exit 1', { commit: nth(2) }));
    assert.deepEqual([first.stage, first.result.output, first.verdict.passed], ['command', 'one', true]);
    assert.deepEqual([second.result.output, second.verdict.exitCode], ['two', 1]);
    assert.deepEqual(await at.left(), []);
  });

  it('gives each run a private home and temporary folder, and neutral paths in the output', async () => {
    const command =
      'echo x > "$HOME/h"; echo x > "$TMPDIR/t"; pwd; echo "$HOME $TMPDIR"; ls -A "$HOME"; ls -A "$TMPDIR"';
    const runs = await Promise.all([1, 2].map(() => runOnCommit(at.request(sourceOf({}), command))));
    for (const { result } of runs) assert.equal(result.output, '.\n~ $TMPDIR\nh\nt\n');
  });

  it('reads all output of a sandboxed command, even if this process is busy', async function () {
    this.timeout(60_000);
    const env = { ...process.env, LEADWRIGHT_HOME: at.folder, LEADWRIGHT_SANDBOX: 'require' };
    const runner = await chooseRunner(env).catch(() => this.skip());
    // Long enough for the command to start and end between two reads of its output.
    const busy = setInterval(() => {
      const until = performance.now() + 400;
      while (performance.now() < until);
    }, 1);
    try {
      const { result } = await runOnCommit(at.request(sourceOf({}), 'echo heard', { runner }));
      assert.deepEqual([result.exitCode, result.output], [0, 'heard\n']);
    } finally {
      clearInterval(busy);
    }
  });

  /** Each row: what a command leaves at the path `x`, and what is taken of it. */
  const LEFT: readonly (readonly [string, string, readonly [string, string, boolean][]])[] = [
    ['a new file', 'echo new >x', [['x', 'new\n', false]]],
    ['an executable', 'echo new >x; chmod 4755 x', [['x', 'new\n', true]]],
    ['an unreadable file', 'echo new >x; chmod 0 x', [['x', 'new\n', false]]],
    ['a file by an odd name', 'mkdir "d \'\\$e"; echo odd >"d \'\\$e/-x"', [["d '$e/-x", 'odd\n', false]]],
    ['a file, though it fails', 'echo new >x; exit 3', [['x', 'new\n', false]]],
    ['a link to a file', 'ln -s /etc/passwd x', []],
    ['a link to a folder', 'mv d/y . ; rmdir d; ln -s /etc d', []],
    ['a link to a folder in the tree', 'mkdir e; mv d/y e; rmdir d; ln -s e d', []],
    ['a folder', 'mkdir x', []],
    ['a named pipe', 'mkfifo x', []],
    ['a huge file', 'truncate -s 1T x || truncate -s 100M x', []],
    ['nothing', 'true', []],
  ];
  for (const sandboxed of [false, true]) {
    it(`returns regular files that it is asked for, ${sandboxed ? 'out of a sandbox' : 'without a sandbox'}`, async function () {
      this.timeout(120_000);
      const env = { ...process.env, LEADWRIGHT_HOME: at.folder, LEADWRIGHT_SANDBOX: 'require' };
      const runner = sandboxed ? await chooseRunner(env).catch(() => this.skip()) : null;
      for (const setup of [null, at.setup('echo from the set-up >layered')]) {
        for (const [what, command, expected] of LEFT) {
          const keepFiles = ['x', "d '$e/-x", 'd/passwd', 'd/y', 'layered'];
          const { kept } = await runOnCommit(
            at.request(sourceOf({ 'd/y': 'y' }), command, {
              ...(runner === null ? {} : { runner }),
              ...{ keepFiles, setup },
            }),
          );
          const always = [
            ...(what.startsWith('a link to a folder') ? [] : [['d/y', 'y', false]]),
            ...(setup === null ? [] : [['layered', 'from the set-up\n', false]]),
          ];
          assert.deepEqual(
            kept.map(({ path, content, executable }) => [path, content.toString(), executable]),
            [...expected, ...always],
            what,
          );
        }
      }
      const late = { keepFiles: ['x'], timeoutMs: 500, ...(runner === null ? {} : { runner }) };
      const { kept } = await runOnCommit(at.request(sourceOf({}), 'echo x >x; sleep 60', late));
      assert.deepEqual(kept, [], 'nothing of a command that was killed');
    });
  }

  describe('on a full disk (root only)', () => {
    const disk = useSmallDisk('size=1m');

    it('does not say that a file is missing for which there was no room', async function () {
      this.timeout(60_000);
      const env = { ...process.env, LEADWRIGHT_HOME: at.folder, LEADWRIGHT_SANDBOX: 'require' };
      const runner = await chooseRunner(env).catch(() => this.skip());
      for (const end of ['true', 'exit 1']) {
        const command = `head -c 2097152 /dev/zero >x; ${end}`;
        const request = { runner, treesFolder: disk().path, keepFiles: ['x'] };
        await assert.rejects(
          runOnCommit(at.request(sourceOf({}), command, request)),
          (error) => error instanceof EnvironmentError && /No space left on device/.test(error.message),
        );
      }
      assert.deepEqual(readdirSync(disk().path), []);
    });
  });

  it('removes folders that the test made read-only', async () => {
    const command =
      'mkdir -p deep/er && echo x > deep/er/file && chmod 500 deep/er deep . && ln -s / link; true';
    const { verdict } = await runOnCommit(at.request(sourceOf({}), command));
    assert.equal(verdict.passed, true);
    assert.deepEqual(await at.left(), []);
  });

  it('removes the folder after a timeout, and if the files cannot be read', async () => {
    const source = sourceOf({});
    const late = await runOnCommit(at.request(source, 'sleep 1000', { timeoutMs: 100 }));
    assert.equal(late.result.ended, 'timeout');
    const broken = { ...source, archive: () => assert.fail('no such commit') };
    await assert.rejects(runOnCommit(at.request(broken, 'true')), /no such commit/);
    assert.deepEqual(await at.left(), []);
  });

  it('throws the reason of its cancellation, and leaves nothing', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const running = runOnCommit(at.request(sourceOf({}), 'echo x > "$LOG"; sleep 1000', { signal }));
    await eventually(() => existsSync(at.log), 'the command runs');
    controller.abort(new Error('the run was cancelled'));
    await assert.rejects(running, /the run was cancelled/);
    assert.deepEqual(await at.left(), []);
  });
});

describe('the folder of a dead process', () => {
  let at: Scaffold;
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(() => at.remove());

  it('is removed; folders in use or of others stay', async () => {
    const inUse = await createScratchFolder(at.trees);
    const dead = join(at.trees, `${deadOwner()}.00000000`);
    await mkdir(join(dead, 'tree'), { recursive: true });
    await chmod(join(dead, 'tree'), 0o500);
    await mkdir(join(at.trees, 'notes'));
    assert.equal(await removeLeftoverTrees(at.trees), 1);
    assert.deepEqual((await at.left()).sort(), [inUse.id, 'notes'].sort());
    await removeScratchFolder(inUse);
    assert.deepEqual(await at.left(), ['notes']);
  });

  it('is removed with the processes that still run in it', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    const dead = join(at.trees, `${deadOwner()}.00000000`);
    await mkdir(dead, { recursive: true });
    const child = spawn('sleep', ['1000'], { cwd: dead, detached: true, stdio: 'ignore' });
    const gone = once(child, 'exit');
    await once(child, 'spawn');
    assert.equal(await removeLeftoverTrees(at.trees), 1);
    await gone;
    assert.equal(child.signalCode, 'SIGKILL');
  });

  it('is kept for a day if it is from another machine', async () => {
    const foreign = join(at.trees, `${ELSEWHERE}.00000000`);
    await mkdir(foreign, { recursive: true });
    assert.equal(await removeLeftoverTrees(at.trees), 0);
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    await utimes(foreign, twoDaysAgo, twoDaysAgo);
    assert.equal(await removeLeftoverTrees(at.trees), 1);
  });

  it('may not exist yet', async () => {
    await rm(at.trees, { recursive: true, force: true });
    assert.equal(await removeLeftoverTrees(at.trees), 0);
    await writeFile(at.trees, 'no folder');
    await assert.rejects(createScratchFolder(at.trees));
  });
});

describe('the runner', () => {
  it('warns clearly that it is not a sandbox', async () => {
    const { kind, warning } = (await chooseRunner({ LEADWRIGHT_SANDBOX: 'off' })).describe();
    assert.equal(kind, 'process-group');
    assert.match(warning ?? '', /without a sandbox \(LEADWRIGHT_SANDBOX=off\)/);
  });

  it('refuses to run without a required sandbox, with a fix', async () => {
    // The home cannot be created, so no sandbox can be tried there.
    const env = { LEADWRIGHT_SANDBOX: 'require', LEADWRIGHT_HOME: '/dev/null/home' };
    await assert.rejects(
      chooseRunner(env),
      (error) => error instanceof EnvironmentError && /LEADWRIGHT_SANDBOX=require/.test(error.message),
    );
  });

  it('refuses an unknown setting', async () => {
    await assert.rejects(
      chooseRunner({ LEADWRIGHT_SANDBOX: 'yes' }),
      /"yes"\. It must be require, auto or off/,
    );
  });
});
