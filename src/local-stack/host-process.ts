/** The process of a host, as the command that starts it sees it. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Environment } from '../shared/config.js';
import { findLeakingDescriptors, createStdio } from '../shared/process/descriptors.js';
import { hostCommand, WAIT_OPTION, type Command } from './child-commands.js';
import { isLogFull } from './process/spawn-service.js';
import type { StackPaths } from './stack-paths.js';
import { withoutModelSecrets } from './worker-settings.js';

/**
 * A host process that loads its code while the command still checks its input, with a processor that has nothing else to do. Until
 * it begins it writes nothing into the home, and it ends with this process.
 */
export class LoadedHost {
  private isOver = false;

  private constructor(private readonly host: HostProcess) {
    void host.ended.then(() => (this.isOver = true));
    // The process that it wrote to may have ended, which `ended` reports.
    host.input?.on('error', () => undefined);
  }

  /** Starts such a process; null when a host has its socket, and in a home without a log, which would have to be created. */
  static async load(paths: StackPaths, env: Environment): Promise<LoadedHost | null> {
    if (existsSync(paths.sockets.host) || !existsSync(paths.hostLog) || (await isLogFull(paths.hostLog)))
      return null;
    try {
      return new LoadedHost(spawnHost(paths, [...hostCommand(), WAIT_OPTION], env, 'pipe'));
    } catch {
      // The start itself reports what is wrong with the home.
      return null;
    }
  }

  /** Lets it begin. @returns how it ends, if it does; null when it was let begin before, or has ended */
  begin(): Promise<string> | null {
    if (this.isOver) return null;
    this.isOver = true;
    this.host.input?.end(BEGIN);
    return this.host.ended;
  }

  /** Ends it, unless it has begun. Returns when it has ended, so that a command which is refused leaves no process. */
  async end(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    // It has nothing to put in order, and would read the end of its input only once it has loaded.
    this.host.kill();
    await this.host.ended;
  }
}

/** The input with which a host begins that was started with WAIT_OPTION. An input that ends without this ends the host. */
const BEGIN = 'begin\n';

/** Waits until a loaded host may begin. @returns false when it is not needed */
export async function untilBegun(input: Readable): Promise<boolean> {
  return (await text(input)) === BEGIN;
}

export interface HostProcess {
  /** Resolves with how the host ended, if it ends while this process runs. */
  readonly ended: Promise<string>;
  readonly input: Writable | null;
  kill(): void;
}

/** Starts the host so that it outlives this process and keeps none of its files open. */
export function spawnHost(
  paths: StackPaths,
  [program, ...args]: Command,
  env: Environment,
  input: 'ignore' | 'pipe',
): HostProcess {
  const log = openSync(paths.hostLog, 'a', 0o600);
  const nullDevice = openSync(devNull, 'r+');
  try {
    const child = spawn(program, args, {
      detached: true,
      cwd: paths.home,
      env: { ...withoutModelSecrets(env), LEADWRIGHT_HOME: paths.home },
      // A pipe of a script that waits for its end must not stay open in the host, which runs for hours.
      stdio: createStdio([input, log, log], findLeakingDescriptors(), nullDevice),
    });
    child.unref();
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) =>
        resolve(`its host ended with ${signal ?? `exit code ${code ?? ''}`}`),
      );
    });
    const kill = (): void => {
      // Its end is waited for, which an unreferenced process is not.
      child.ref();
      child.kill('SIGKILL');
    };
    return { ended, input: child.stdin, kill };
  } finally {
    closeSync(log);
    closeSync(nullDevice);
  }
}
