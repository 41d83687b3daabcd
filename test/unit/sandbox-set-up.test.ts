import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'mocha';
import { EnvironmentError } from '../../src/contract/errors.js';
import { chooseRunner } from '../../src/sandbox/runners/choose-runner.js';
import { readEtcState, writeEtc } from '../../src/sandbox/runners/etc-files.js';
import { argumentVariables, mountTables } from '../../src/sandbox/runners/launch-script.js';
import { NoSandboxError } from '../../src/sandbox/runners/no-sandbox-error.js';
import { SharedFiles } from '../../src/sandbox/runners/shared-files.js';
import { limitsFor } from '../../src/sandbox/limits/command-limits.js';
import type { Runner } from '../../src/sandbox/runners/runner.js';
import type { Environment } from '../../src/shared/config.js';
import { runOnCommit } from '../../src/sandbox/run-on-commit.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { ownName } from '../../src/shared/process/owner.js';
import { privateTemporaryFolder } from '../../src/shared/files/private-folder.js';
import { useSmallDisk } from '../support/small-disk.js';
import { scaffold, sourceOf, type Scaffold } from './sandbox-support.js';

describe("bubblewrap's arguments", () => {
  const printed = (words: readonly string[]): string[] => {
    const variables = argumentVariables(words);
    const names = Object.keys(variables).map((name) => `"$${name}"`);
    const text = execFileSync('/bin/sh', ['-c', `printf %b ${names.join(' ')}`], {
      env: variables,
      encoding: 'utf8',
      maxBuffer: 2 ** 24,
    });
    return text.split('\0').slice(0, -1);
  };

  it('reach it as they are, whatever they contain', () => {
    const words = [
      '--setenv',
      'A',
      '',
      'a\\0000b\\n\\\\',
      '%s %b',
      'two\nlines',
      '\'"$(true)`',
      'grüße 😀',
      '\\',
    ];
    assert.deepEqual(printed(words), words);
  });

  it('may be longer together than one variable', () => {
    const words = ['😀'.repeat(24_999), '\\'.repeat(30_000), 'x'.repeat(120_000), 'y'];
    assert.ok(Object.keys(argumentVariables(words)).length > 4);
    assert.deepEqual(printed(words), words);
  });
});

describe('the mounts of a sandbox', () => {
  const content = {
    limits: limitsFor(2 ** 33),
    etc: '/run/a b',
    toolChains: ['/opt/#1\\go'],
    layer: null,
    hasNetwork: false,
  };

  it('are escaped as in fstab(5)', () => {
    const { first, last } = mountTables('/stage', content);
    // With `fs.protected_fifos`, root could not open the pipe of another user in a sticky folder.
    assert.match(first, /^sandbox \/stage tmpfs size=\d+,nr_inodes=\d+,mode=0777,nosuid,nodev$/m);
    assert.match(first, /^\/run\/a\\040b \/stage\/etc none rbind,X-mount\.mkdir$/m);
    assert.match(first, /^\/opt\/\\0431\\134go \/stage\/tool-chain-0 /m);
    assert.match(first, /\/stage \/tmp none rbind\n$/);
    assert.equal(last, null);
  });

  it('are two tables with a network, whose files are mounted in between', () => {
    const { first, last } = mountTables('/stage', { ...content, layer: '/layers/1', hasNetwork: true });
    assert.match(first, /\/stage\/layer none rbind,X-mount\.mkdir\n$/);
    assert.equal(last, '/stage /tmp none rbind\n');
  });
});

describe('the files that all sandboxes share', () => {
  const folders: string[] = [];
  const make = () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-shared-'));
    folders.push(folder);
    return folder;
  };
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('are written once, and again when a clean-up program removed them', () => {
    const files = new SharedFiles(make);
    const path = files.file('content');
    assert.equal(files.file('content'), path);
    assert.notEqual(files.file('other'), path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    for (const folder of folders) rmSync(folder, { recursive: true });
    assert.equal(readFileSync(files.file('content'), 'utf8'), 'content');
    assert.deepEqual(readdirSync(files.stage()), []);
  });

  it('of /etc can be read by every user, and name the machine’s folders', () => {
    const before = process.umask(0o077);
    try {
      const { path, folders: inEtc } = new SharedFiles(make).etc([]);
      assert.equal(statSync(path).mode & 0o777, 0o755);
      assert.equal(statSync(join(path, 'passwd')).mode & 0o777, 0o644);
      assert.match(readFileSync(join(path, 'passwd'), 'utf8'), /^sandbox:x:1000:/m);
      assert.ok(!readdirSync(path).includes('shadow'));
      for (const folder of inEtc) assert.ok(statSync(folder).isDirectory());
    } finally {
      process.umask(before);
    }
  });

  it('of /etc have a folder for each tool chain that is mounted below it', () => {
    const { path, folders: inEtc } = new SharedFiles(make).etc(['/etc/java-17/security', '/opt/go']);
    assert.ok(statSync(join(path, 'java-17', 'security')).isDirectory());
    assert.ok(!inEtc.some((folder) => folder.includes('java')));
  });

  it('of /etc are those that every user may read; what cannot be read is left out', () => {
    const etc = make();
    mkdirSync(join(etc, 'ssl'));
    writeFileSync(join(etc, 'ssl', 'openssl.cnf'), 'PIN', { mode: 0o600 });
    symlinkSync('localtime', join(etc, 'localtime'));
    symlinkSync('nothing', join(etc, 'timezone'));
    writeFileSync(join(etc, 'services'), '', { mode: 0o644 });
    assert.deepEqual(readEtcState([], etc).files, ['services']);
  });

  it('of /etc are made anew when a clean-up program removed one of them, and stay where they are mounted', () => {
    const files = new SharedFiles(make);
    const first = files.etc([]).path;
    rmSync(join(first, 'passwd'));
    const second = files.etc([]).path;
    assert.match(readFileSync(join(second, 'passwd'), 'utf8'), /^sandbox:/m);
    assert.ok(readdirSync(first).includes('group'));
    assert.equal(files.etc([]).path, second);
  });

  it('of /etc are copied anew when a package was installed', () => {
    const etc = make();
    writeFileSync(join(etc, 'ld.so.cache'), 'old');
    const old = readEtcState([], etc);
    assert.deepEqual(old.files, ['ld.so.cache']);
    assert.equal(readEtcState([], etc).version, old.version);
    writeFileSync(join(etc, 'ld.so.cache'), 'new');
    utimesSync(join(etc, 'ld.so.cache'), 1, 1);
    const now = readEtcState([], etc);
    assert.notEqual(now.version, old.version);
    const copy = join(make(), 'etc');
    writeEtc(copy, now, etc);
    assert.equal(readFileSync(join(copy, 'ld.so.cache'), 'utf8'), 'new');
  });

  it('may be shorter than the machine says, as one that is being replaced is', () => {
    // The system says that this file has 4,096 bytes. A copy that waits for the rest of them never ends, so it has its process.
    const short = '/sys/kernel/uevent_seqnum';
    const [etc, copy] = [make(), join(make(), 'etc')];
    symlinkSync(short, join(etc, 'ld.so.cache'));
    const code = new URL('../../src/sandbox/runners/etc-files.ts', import.meta.url).href;
    const call = `writeEtc(${JSON.stringify(copy)}, readEtcState([], ${JSON.stringify(etc)}), ${JSON.stringify(etc)})`;
    const program = `const { readEtcState, writeEtc } = await import('${code}'); ${call};`;
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      cwd: packageRoot,
      timeout: 30_000,
    });
    assert.match(readFileSync(join(copy, 'ld.so.cache'), 'utf8'), /^\d+\n$/);
  });

  describe('on a full disk (root only)', () => {
    const disk = useSmallDisk('size=1m,nr_inodes=20');

    it('are a problem of that disk, and no reason to do without a sandbox', () => {
      disk().useUpInodes();
      const files = new SharedFiles(() => disk().path);
      assert.throws(
        () => files.file('content'),
        (error) =>
          error instanceof EnvironmentError &&
          !(error instanceof NoSandboxError) &&
          /ENOSPC/.test(error.message),
      );
    });
  });
});

describe('a command in a sandbox', () => {
  let at: Scaffold;
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(() => at.remove());

  /** Skips the test where the machine can make no sandbox. */
  const sandbox = (test: Context, env: Environment = {}): Promise<Runner> =>
    chooseRunner({
      ...{ ...process.env, LEADWRIGHT_HOME: at.folder, LEADWRIGHT_SANDBOX: 'require' },
      ...env,
    }).catch(() => test.skip());

  it('sees a tool chain below /etc', async function () {
    // Some systems have none of them.
    const chain =
      ['/etc/default', '/etc/init.d', '/etc/sysctl.d'].find((path) => existsSync(path)) ?? this.skip();
    const runner = await sandbox(this, { LEADWRIGHT_TOOL_CHAINS: chain });
    const { result } = await runOnCommit(at.request(sourceOf({}), `ls ${chain}`, { runner }));
    assert.deepEqual(result.output.trim().split('\n').sort(), readdirSync(chain).sort());
  });

  it('leaves its files although a clean-up program removed the folder on which they were mounted', async function () {
    const runner = await sandbox(this);
    const own = (): string[] =>
      readdirSync(privateTemporaryFolder()).filter((name) => name.startsWith(`sandbox-${ownName()}.`));
    const setup = at.setup('echo made >../home/tool; echo again >x; sleep 1');
    const run = runOnCommit(at.request(sourceOf({}), 'cat ~/tool x', { runner, setup }));
    await sleep(500);
    for (const name of own()) {
      rmSync(join(privateTemporaryFolder(), name, 'stage'), { recursive: true, force: true });
    }
    assert.equal((await run).result.output, 'made\nagain\n');
  });

  it('is set up without a file on the disk of the home, and its init process has no environment', async function () {
    const runner = await sandbox(this);
    const names: string[][] = [];
    const { result } = await runOnCommit(
      at.request(sourceOf({}), 'tr "\\0" "\\n" </proc/1/environ | grep -v ^_=; echo end', {
        runner,
        onOutput: () => names.push(readdirSync(at.trees)),
      }),
    );
    assert.equal(result.output, 'end\n');
    assert.deepEqual(names, [[]]);
  });
});
