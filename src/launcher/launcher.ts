/** Starts processes through a launcher, and replaces the launcher when it dies. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../contract/errors.js';
import { createStdio, findLeakingDescriptors } from '../shared/process/descriptors.js';
import {
  killGroupOf,
  LostProcessError,
  setReferenced,
  type Group,
  type GroupCommand,
} from '../shared/process/group.js';
import { packageRoot } from '../shared/files/package-root.js';
import { makeProcessFolder, removeProcessFolder } from '../shared/process/process-folder.js';
import { isSuspended } from '../shared/process/process-stat.js';
import { LaunchedGroup } from './launched-group.js';
import { neverStarted, SOCKET_NAME, type Report, type Request } from './protocol.js';

/** The build's: it starts in 40 ms and loads no TypeScript. */
const PROGRAM = join(packageRoot, 'dist', 'bundle', 'launcher.js');

/** MB of its heap: it keeps some kilobytes for each running process. A small process is fast to fork. */
const HEAP_MB = 32;

/**
 * Time between two looks whether the launcher is suspended. It is replaced at the second one that finds it so: somebody who
 * suspends it together with its worker lets both go on within that time. What it runs stands still until then.
 */
const LOOK_MS = 5_000;

/** A launcher that runs. */
interface Running {
  readonly process: ChildProcess;
  readonly folder: string;
  /** Looks whether it is suspended. */
  readonly watch: NodeJS.Timeout;
  readonly groups: Map<string, LaunchedGroup>;
  /** Groups that wait until others have started. */
  readonly waiting: LaunchedGroup[];
  starting: number;
  isReady: boolean;
}

/**
 * How many groups connect to the launcher at once: each opens up to four connections, and a socket has room for 511 that
 * were not accepted yet.
 */
const MAX_STARTING = 64;

/** A launcher, and those that replace it. It does not keep this process alive. */
export class Launcher {
  #running: Running | null = null;
  #isClosed = false;

  /**
   * @param onDeath called with a message for the log when it died
   * @param program the launcher's own code
   */
  constructor(
    private readonly onDeath: (message: string) => void,
    private readonly program = PROGRAM,
    private readonly lookMs = LOOK_MS,
  ) {}

  /** Starts the launcher ahead of the first process. */
  open(): void {
    this.#running ??= this.#launch();
  }

  /** The process id of the launcher; undefined while none runs. */
  get pid(): number | undefined {
    return this.#running?.process.pid;
  }

  /** Starts a program in a process group of its own. */
  start(command: GroupCommand): Group {
    const id = randomBytes(12).toString('hex');
    let running: Running | null = null;
    const group = new LaunchedGroup(id, command, {
      kill: () => {
        if (running === null) return;
        if (running.isReady) tell(running, { type: 'kill', id });
        else if (running.groups.delete(id)) {
          group.receive(neverStarted(id));
          keepAlive(running);
        }
      },
      closed: () => {
        if (running?.isReady === true) tell(running, { type: 'closed', id });
      },
      release: () => {
        if (running?.isReady === true) tell(running, { type: 'release', id });
      },
      kept: () => {
        if (running !== null) keepAlive(running);
      },
    });
    try {
      if (this.#isClosed) throw new LostProcessError('this worker is stopping');
      running = this.#running ??= this.#launch();
      running.groups.set(id, group);
      keepAlive(running);
      if (running.isReady) begin(running, group);
    } catch (error) {
      group.fail(asError(error));
      running?.groups.delete(id);
    }
    return group;
  }

  /** Ends the launcher, and all that it started and still runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const running = this.#running;
    if (running?.process.connected !== true) return;
    // After a disconnect from this end, Node emits no `close`.
    const ended = once(running.process, 'exit');
    // It may be the last thing that this process waits for.
    running.process.ref();
    running.process.disconnect();
    // It would not notice the end of its worker either.
    if (isSuspendedChild(running.process)) running.process.kill('SIGKILL');
    await ended;
    this.#lose(running, 'closed');
  }

  #launch(): Running {
    const folder = makeProcessFolder('launcher');
    const process = launch(this.program, join(folder, SOCKET_NAME));
    const running: Running = {
      process,
      folder,
      watch: killSuspended(process, this.lookMs),
      groups: new Map(),
      waiting: [],
      starting: 0,
      isReady: false,
    };
    process.on('message', (report: Report) => {
      if (report.type === 'ready') {
        running.isReady = true;
        for (const group of running.groups.values()) begin(running, group);
        return;
      }
      if (running.groups.get(report.id)?.receive(report) !== true) return;
      running.groups.delete(report.id);
      keepAlive(running);
    });
    process.once('error', (error) => this.#lose(running, messageOf(error)));
    // All that it reported before is received by now.
    process.once('close', (code, signal) => this.#lose(running, signal ?? `exit code ${code}`));
    process.unref();
    process.channel?.unref();
    return running;
  }

  /** Its processes are killed. How those ended that it had not reported is unknown, so they fail. */
  #lose(running: Running, how: string): void {
    if (this.#running === running) this.#running = null;
    clearInterval(running.watch);
    for (const group of running.groups.values()) {
      if (group.pid !== null) killGroupOf(group.pid);
      group.fail(new LostProcessError(`the launcher ended (${how}) while ${group.command.command} ran`));
    }
    running.groups.clear();
    void removeProcessFolder(running.folder);
    if (!this.#isClosed) this.onDeath(`the launcher ended (${how}); the next command starts another`);
  }
}

/** Lets the channel to the launcher keep this process alive while one waits for the end of a process, as a child would. */
function keepAlive({ process, groups }: Running): void {
  setReferenced(
    process.channel,
    [...groups.values()].some((group) => group.keepsAlive),
  );
}

function begin(running: Running, group: LaunchedGroup): void {
  running.waiting.push(group);
  beginWaiting(running);
}

function beginWaiting(running: Running): void {
  while (running.starting < MAX_STARTING) {
    const group = running.waiting.shift();
    if (group === undefined) return;
    // It was killed while it waited.
    if (group.isSettled) continue;
    running.starting++;
    const next = (): void => {
      running.starting--;
      beginWaiting(running);
    };
    group.started.then(next, next);
    const { id, command } = group;
    tell(running, { type: 'start', id, command });
    group.connect(join(running.folder, SOCKET_NAME), ({ code }) => {
      // Its socket was removed: only another launcher can be reached.
      if (code === 'ENOENT' || code === 'ECONNREFUSED') running.process.kill('SIGKILL');
    });
  }
}

/** A message that cannot be sent is lost with the launcher, whose end is noticed. */
function tell({ process }: Running, request: Request): void {
  process.send(request, () => undefined);
}

function launch(program: string, socket: string): ChildProcess {
  const home = process.env['LEADWRIGHT_HOME'];
  const nullDescriptor = openSync(devNull, 'r');
  try {
    return spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, program, socket], {
      // Its children get an environment of their own. This one says whose launcher it is.
      env: home === undefined ? {} : { LEADWRIGHT_HOME: home },
      stdio: createStdio(['ignore', 'ignore', 'inherit', 'ipc'], findLeakingDescriptors(), nullDescriptor),
      // A terminal sends its signals to a whole group. The worker decides itself when it ends.
      detached: true,
      cwd: '/',
    });
  } finally {
    closeSync(nullDescriptor);
  }
}

function isSuspendedChild({ pid }: ChildProcess): boolean {
  return pid !== undefined && isSuspended(pid);
}

/** Kills a process once two looks in a row find it suspended. @returns the timer of the looks */
function killSuspended(process: ChildProcess, lookMs: number): NodeJS.Timeout {
  let wasSuspended = false;
  const look = (): void => {
    const suspended = isSuspendedChild(process);
    if (suspended && wasSuspended) process.kill('SIGKILL');
    wasSuspended = suspended;
  };
  return setInterval(look, lookMs).unref();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
