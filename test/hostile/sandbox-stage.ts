/** The stage of a hostile test: a worker of one user, and the parts of the machine that must not change. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  symlinkSync,
} from 'node:fs';
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { removeFolder } from '../../src/sandbox/scratch-folder.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { isAlive, statFields } from '../../src/shared/process/process-stat.js';
import { parseReply, type CommandReply, type CommandRequest } from './sandbox-commands.js';
import { eventually } from '../support/eventually.js';
import { allPids, ancestorsOf, commandLine, launcherOf } from '../support/process-table.js';
import { DISK_SOURCE } from '../support/small-disk.js';

/** The user `nobody`, who owns no files. */
const NOBODY = 65_534;
/** Small limits, so that a command reaches each one quickly. */
const LIMITS = { memoryBytes: 128 * 2 ** 20, diskBytes: 32 * 2 ** 20, files: 2000, processes: 100 };

/** Root can test both users; any other user only itself. */
export const USERS: readonly { readonly name: string; readonly uid: number }[] =
  process.getuid?.() === 0
    ? [
        { name: 'root', uid: 0 },
        { name: 'an ordinary user', uid: NOBODY },
      ]
    : [{ name: 'an ordinary user', uid: process.getuid?.() ?? NOBODY }];

/** Skips the tests without bubblewrap; in continuous integration they fail instead. */
export function needsBubblewrap(): void {
  before(function () {
    try {
      accessSync('/usr/bin/bwrap');
    } catch {
      if (process.env['CI'] === 'true') assert.fail('install bubblewrap: these tests must run here');
      this.skip();
    }
  });
}

/** A secret in the worker's environment and in a file descriptor that it inherits. */
export const SECRET = `secret-${randomUUID()}`;

/** The folders of commands in the home of the worker's user. */
const TOOL_CHAINS = ['.nvm/versions/node/v22.1.0/bin', '.pyenv/shims', '.dotnet', '.local/bin'] as const;
/** What tools keep in the folders beside them, or within them. */
export const CREDENTIALS = [
  '.nvm/versions/node/v22.1.0/etc/npmrc',
  '.pyenv/versions/3.13/pip.conf',
  '.dotnet/corefx/cryptography/x509stores/my/key.pfx',
  '.local/share/uv/credentials/credentials.toml',
] as const;

/** Not below /tmp, where a command has its own folder. Other users cannot enter root's home. */
function placeOfHomes(): string {
  const place = process.getuid?.() === 0 ? '/srv' : homedir();
  mkdirSync(place, { recursive: true });
  return place;
}

export class Stage {
  /** Part of the command line of every process that a command starts, so that leftovers can be found. */
  readonly token = `sandbox-${randomUUID()}`;
  readonly folder = mkdtempSync(join(tmpdir(), 'leadwright-hostile-'));
  readonly home = join(this.folder, 'home');
  /** A folder that the worker's user may write to, and a command must not. */
  readonly canary = join(this.folder, 'canary');
  /** The home of the worker's user, with tool chains that hold credentials. */
  readonly userHome = mkdtempSync(join(placeOfHomes(), 'user-'));
  /** A copy, because its user may not be able to read the original. */
  private readonly launcherCode = join(this.folder, 'launcher.mjs');
  worker: ChildProcess;
  private replies: AsyncIterator<string>;

  constructor(private readonly uid: number) {
    chmodSync(this.folder, 0o755);
    copyFileSync(join(packageRoot, 'dist', 'bundle', 'launcher.js'), this.launcherCode);
    for (const folder of [this.home, this.canary]) {
      mkdirSync(folder);
      chownSync(folder, uid, uid);
    }
    chmodSync(this.userHome, 0o755);
    for (const path of CREDENTIALS) {
      mkdirSync(dirname(join(this.userHome, path)), { recursive: true });
      writeFileSync(join(this.userHome, path), SECRET, { mode: 0o644 });
    }
    symlinkSync('v22.1.0', join(this.userHome, '.nvm/versions/node/lts'));
    writeFileSync(join(this.canary, 'song'), 'tweet');
    chownSync(join(this.canary, 'song'), uid, uid);
    writeFileSync(join(this.home, 'token'), SECRET);
    [this.worker, this.replies] = this.start();
  }

  private start(): [ChildProcess, AsyncIterator<string>] {
    const script = fileURLToPath(new URL('./sandbox-worker.ts', import.meta.url));
    const secretFile = openSync(join(this.home, 'token'), 'r');
    const worker = spawn(process.execPath, ['--import', 'tsx', script, String(this.uid), this.launcherCode], {
      env: {
        ...process.env,
        HOME: this.userHome,
        PATH: `${process.env['PATH'] ?? ''}:${TOOL_CHAINS.map((name) => join(this.userHome, name)).join(':')}`,
        LEADWRIGHT_HOME: this.home,
        ANTHROPIC_API_KEY: SECRET,
        DATABASE_URL: `postgres://leadwright:${SECRET}@127.0.0.1/leadwright`,
      },
      // The last descriptor is left open by mistake, as a shell or a service manager might.
      stdio: [
        'pipe',
        'pipe',
        'inherit',
        'ignore',
        'ignore',
        'ignore',
        'ignore',
        'ignore',
        'ignore',
        secretFile,
      ],
    });
    assert.ok(worker.stdout);
    return [worker, createInterface({ input: worker.stdout })[Symbol.asyncIterator]()];
  }

  /** Starts another worker after one was killed. */
  restart(): void {
    [this.worker, this.replies] = this.start();
  }

  /** Starts a command without waiting for its end. */
  send(command: string, changes: Partial<CommandRequest> = {}): void {
    const request: CommandRequest = {
      command,
      files: {},
      limits: LIMITS,
      timeoutMs: 20_000,
      setup: null,
      network: false,
      allow: '',
      ...changes,
    };
    this.worker.stdin?.write(`${JSON.stringify({ ...request, limits: { ...LIMITS, ...request.limits } })}\n`);
  }

  /** Runs a command, and asserts that it leaves nothing on the machine. */
  async run(command: string, changes: Partial<CommandRequest> = {}): Promise<CommandReply> {
    const mounts = mountsOfMachine();
    this.send(`: ${this.token}; ${command}`, changes);
    const reply = await this.reply();
    assert.deepEqual(this.left(), [], 'processes were left behind');
    assert.deepEqual(mountsOfMachine(), mounts, 'mounts were left behind');
    assert.equal(readFileSync(join(this.canary, 'song'), 'utf8'), 'tweet');
    assert.deepEqual(readdirSync(this.canary), ['song']);
    return reply;
  }

  /** Waits for the result of the last command. */
  async reply(): Promise<CommandReply> {
    const line = await this.replies.next();
    assert.ok(line.done !== true, 'the worker ended');
    return parseReply(line.value);
  }

  /** Selects the processes that run the command itself, in the sandbox. */
  commandsOf(found: readonly number[]): number[] {
    return found.filter((pid) => commandLine(pid).startsWith(`/bin/sh\0-c\0: ${this.token}`));
  }

  /**
   * Whether the command runs and each bubblewrap process waits for its end. Bubblewrap's init binds itself to its parent
   * only after the command was started: killed before that, the sandbox stays until its limits or the next worker.
   */
  isBound(found: readonly number[]): boolean {
    const wrappers = found.filter((pid) => commandLine(pid).startsWith('/usr/bin/bwrap'));
    return wrappers.length === 2 && wrappers.every((pid) => statFields(pid)?.[0] === 'S');
  }

  /** Whether the sandbox is bound to its parent, and the command has started its daemon, a shell in a session of its own. */
  hasDaemon(found: readonly number[]): boolean {
    return this.isBound(found) && found.some((pid) => commandLine(pid).startsWith('sh\0-c\0'));
  }

  /** The worker's launcher. */
  launcher(): number {
    const found = launcherOf(this.worker.pid ?? 0);
    assert.ok(found !== undefined, 'the worker has a launcher');
    return found;
  }

  /** The processes between the launcher and the command: what a running command costs beside itself. */
  around(): string[] {
    const [command] = this.commandsOf(allPids());
    assert.ok(command !== undefined, 'the command runs');
    const launcher = this.launcher();
    const descendants = allPids().filter((pid) => ancestorsOf(pid).includes(launcher));
    const within = descendants.filter((pid) => pid !== command && !ancestorsOf(pid).includes(command));
    return within.map((pid) => commandLine(pid).replaceAll('\0', ' ').slice(0, 60));
  }

  /** The running processes that commands of this stage started. */
  left(): number[] {
    return allPids().filter(
      (pid) => pid !== process.pid && commandLine(pid).includes(this.token) && isAlive(pid),
    );
  }

  async untilLeft(test: (pids: number[]) => boolean): Promise<void> {
    await eventually(() => test(this.left()), 'the running processes are as expected');
  }

  async close(): Promise<void> {
    const gone = once(this.worker, 'exit');
    this.worker.stdin?.end();
    await gone;
    await removeFolder(this.folder);
    await removeFolder(this.userHome);
  }
}

/** Creates a stage for the tests of one `describe`. */
export function useStage(uid: number): () => Stage {
  let stage: Stage | undefined;
  before(() => {
    stage = new Stage(uid);
  });
  after(async () => {
    await stage?.close();
  });
  return () => {
    assert.ok(stage, 'the stage exists only in tests');
    return stage;
  };
}

/**
 * The places of all mounts, without the disks of tests that run at the same time. The format of a line is described in
 * proc_pid_mountinfo(5): the mount's place is its fifth field, its source the second one after the dash.
 */
export function mountsOfMachine(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  const others = lines.filter((line) => line.split(' - ')[1]?.split(' ')[1] !== DISK_SOURCE);
  return others.map((line) => line.split(' ')[4] ?? '').sort();
}
