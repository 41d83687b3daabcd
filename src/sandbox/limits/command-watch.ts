/** Watches a running command: collects its output, checks its limits and waits for its end. */
import type { Readable } from 'node:stream';
import type { BoundedOutput } from '../../results/bounded-output.js';
import type { EndReason } from '../../results/command-result.js';
import type { GroupExit } from '../../shared/process/group.js';

/**
 * A command is stopped when it prints more than this many times the output limit. Reading on until its timeout would
 * occupy a core for minutes, and only a small part of such an output is kept.
 */
const OUTPUT_CAP_RATIO = 32;
/** When all writers have exited, the rest of the pipe arrives at once. A process that cannot be killed must not block. */
export const DRAIN_MS = 500;

/**
 * How long a sandbox may exist beyond its command's own time. The files of a large commit are unpacked within seconds, or a
 * minute on a busy disk. The command's own limit begins when the command does; this one holds even while the worker is
 * suspended, and ends a set-up that hangs.
 */
export const SET_UP_MS = 10 * 60_000;

/**
 * Shell code for a watcher, which a script starts in the background when its process group must not outlive the process
 * that started it. That one holds the other end of descriptor 3, a lifeline. When it dies, even by SIGKILL, the watcher
 * reads the end of the pipe and kills the group. The watcher also prevents the kernel from reusing the group's id before the
 * group is killed.
 */
export const WATCHER = '{ read -r _ <&3; kill -s KILL -- -$$; } >/dev/null 2>&1';

/** The limits on a command's time and output. */
export interface Bounds {
  readonly timeoutMs: number;
  /** The amount of output that is kept. */
  readonly outputLimitBytes: number;
  /** Stops the command at once. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the output while the command runs. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

/** Called repeatedly: the reason to stop the command, or null when it is within its limits. */
export type LimitCheck = () => EndReason | null;
/** A command that exceeds a limit is stopped within this time. Two checks a second cost next to nothing. */
const LIMIT_CHECK_MS = 500;

/**
 * Collects what a command prints. Call it right after the start: Node discards output that has no listener when the
 * command exits, and a busy process may receive the start and exit events together.
 */
export function collectOutput(printed: Readable, output: BoundedOutput, onOutput?: Bounds['onOutput']): void {
  printed.on('data', (chunk: Buffer) => {
    output.add(chunk);
    onOutput?.(chunk);
  });
}

/**
 * Waits until the command exits or must be stopped, and returns the reason. It does not stop the command; the caller that started
 * it may have done so, at its time limit.
 * @param printed what the command prints
 * @param output must already be collecting it; its size is checked here
 */
export async function waitForEnd(
  printed: Readable,
  exited: Promise<GroupExit>,
  output: BoundedOutput,
  { timeoutMs, outputLimitBytes, signal }: Bounds,
  checkLimits?: LimitCheck,
): Promise<EndReason> {
  const cap = outputLimitBytes * OUTPUT_CAP_RATIO;
  let end: (reason: EndReason) => void = () => undefined;
  const stopped = new Promise<EndReason>((resolve) => {
    end = resolve;
  });
  printed.on('data', () => {
    if (output.bytes > cap) end('output');
  });
  // setImmediate, because a process that was suspended for long runs its timers before all other events. A command
  // that exited in time meanwhile must not be reported as timed out.
  const timer = setTimeout(() => setImmediate(() => end('timeout')), timeoutMs);
  const limitTimer = setInterval(() => {
    const reason = checkLimits?.() ?? null;
    if (reason !== null) end(reason);
  }, LIMIT_CHECK_MS);
  const cancel = (): void => end('cancelled');
  signal?.addEventListener('abort', cancel, { once: true });
  // The signal may have been aborted while the shell was starting. Then there is no further event.
  if (signal?.aborted === true) cancel();
  try {
    return await Promise.race([stopped, exited.then(({ isLate }) => (isLate ? 'timeout' : 'exited'))]);
  } finally {
    clearTimeout(timer);
    clearInterval(limitTimer);
    signal?.removeEventListener('abort', cancel);
  }
}
