/**
 * Limits on what the kernel counts for each user. A worker that is not root runs commands with its own user id, so a
 * command could use up what the user's other programs need. Pure.
 */

/** What the user may have, from `/proc/sys/fs/inotify`. */
export interface InotifyLimits {
  readonly instances: number;
  readonly watches: number;
}

/** A program that watches files has one instance for each process, sometimes one for each library. */
const MIN_INSTANCES = 4;

/**
 * The limits of a command's user namespace: all commands that run at once may together use half of what the user may.
 * @param commands number of commands that run at once
 */
export function inotifyShare({ instances, watches }: InotifyLimits, commands: number): InotifyLimits {
  const share = (most: number): number => Math.floor(most / 2 / commands);
  return { instances: Math.max(MIN_INSTANCES, share(instances)), watches: share(watches) };
}

/**
 * Pending signals. A queued signal and a POSIX timer each take one. A machine with 1 GiB of memory allows a user about
 * 3,800, and no test needs hundreds.
 */
const PENDING_SIGNALS = 512;
/** Bytes of POSIX message queues, of the 819,200 that a user has by default: two queues of the default size. */
const MESSAGE_QUEUE_BYTES = 204_800;

/** Options of `prlimit`. */
export const USER_LIMIT_OPTIONS: readonly string[] = [
  `--sigpending=${PENDING_SIGNALS}`,
  `--msgqueue=${MESSAGE_QUEUE_BYTES}`,
];
