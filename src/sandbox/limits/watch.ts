/** Watching a started command: its output, its limits, its end. */
import type { ChildProcess } from 'node:child_process';
import type { BoundedOutput } from '../../results/bounded-output.js';
import type { EndReason, Exit } from '../../results/command-result.js';

/**
 * A command that prints this many times what is kept is ended. Draining it until its time is over would cost
 * a core for minutes, and nobody reads the 32nd part of such an output.
 */
const OUTPUT_CAP_RATIO = 32;
/** What the pipe still holds arrives at once when its writers are dead; an unkillable one must not hang us. */
export const DRAIN_MS = 500;

/**
 * What a script starts beside itself when its process group must not outlive this process. Descriptor 3 is a leash: this
 * process holds its other end, so that when it dies, however suddenly, the watcher reads the end of it and
 * kills the group. The watcher also keeps the group's number from being given to another before the group is
 * killed.
 */
export const WATCHER = '{ read -r _ <&3; kill -s KILL -- -$$; } >/dev/null 2>&1';

export interface Bounds {
  readonly timeoutMs: number;
  /** How much of the output is kept. */
  readonly outputLimitBytes: number;
  /** Ends the command at once. */
  readonly signal?: AbortSignal | undefined;
}

/** Asked now and then whether the command is to be ended, and as what. */
export type LimitCheck = () => EndReason | null;
/** A command that is over a limit is ended within this time: not worth more than two looks a second. */
const LIMIT_CHECK_MS = 500;

export function waitForExit(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/**
 * Takes in what a command prints. From its start: what nobody listens for when it ends, Node throws away, and a busy
 * process may hear of a command's beginning and of its end at once.
 */
export function collectOutput(child: ChildProcess, output: BoundedOutput): void {
  child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
}

/** Waits for the command's own end or for a reason to end it: too much output, say, of what is taken in. */
export async function waitForEnd(
  child: ChildProcess,
  exited: Promise<Exit>,
  output: BoundedOutput,
  { timeoutMs, outputLimitBytes, signal }: Bounds,
  checkLimits?: LimitCheck,
): Promise<EndReason> {
  const cap = outputLimitBytes * OUTPUT_CAP_RATIO;
  let end: (reason: EndReason) => void = () => undefined;
  const stopped = new Promise<EndReason>((resolve) => {
    end = resolve;
  });
  child.stdout?.on('data', () => {
    if (output.bytes > cap) end('output');
  });
  // Not at once: a process that was itself stopped for long hears of its timers before anything else, and of a command
  // that ended in time meanwhile only then.
  const timer = setTimeout(() => setImmediate(() => end('timeout')), timeoutMs);
  const limitTimer = setInterval(() => {
    const reason = checkLimits?.() ?? null;
    if (reason !== null) end(reason);
  }, LIMIT_CHECK_MS);
  const cancel = (): void => end('cancelled');
  signal?.addEventListener('abort', cancel, { once: true });
  // It may have come while the shell was being started: an event that is over tells nobody.
  if (signal?.aborted === true) cancel();
  try {
    return await Promise.race([stopped, exited.then(() => 'exited' as const)]);
  } finally {
    clearTimeout(timer);
    clearInterval(limitTimer);
    signal?.removeEventListener('abort', cancel);
  }
}
