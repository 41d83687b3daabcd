import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { homePaths } from '../shared/config.js';

/**
 * A socket's path must fit into `sun_path`: 108 bytes with its end on Linux, 104 on macOS. What is longer is
 * cut off silently by some systems, so it is kept well below.
 */
const MAX_SOCKET_PATH_BYTES = 100;

/** What the stack keeps below LEADWRIGHT_HOME, beyond what all of Leadwright knows of. */
export function stackPaths(home: string) {
  const paths = homePaths(home);
  return {
    ...paths,
    socket: socketPath(home, paths.stackSocket),
    /** Ports of the last start, so that addresses stay the same; unlike stack.json it outlives the stack. */
    ports: join(home, 'ports.json'),
    /** Presence files of processes that want to be, or are, the host or its starter. */
    locks: join(home, 'locks'),
    /** The version of the Temporal server that wrote `temporalFile`; missing until one was up on it. */
    temporalVersion: join(home, 'temporal', 'VERSION'),
    hostLog: join(paths.logs, 'host.log'),
    log: (name: string): string => join(paths.logs, `${name}.log`),
  } as const;
}
export type StackPaths = ReturnType<typeof stackPaths>;

/**
 * Where the host listens. A home too deep for a socket gets one in a private folder below /tmp, named after
 * the home: not below TMPDIR, which two commands of one home may have set differently.
 */
export function socketPath(home: string, preferred: string): string {
  if (Buffer.byteLength(preferred) <= MAX_SOCKET_PATH_BYTES) return preferred;
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  return join('/tmp', `leadwright-${process.getuid?.() ?? 0}`, `${name}.sock`);
}
