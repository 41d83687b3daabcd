import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { homePaths } from '../shared/config.js';

/**
 * The longest socket path that is used. It must fit into `sun_path`: 108 bytes with the final zero on Linux, 104 on
 * macOS. Some systems cut a longer path off silently.
 */
const MAX_SOCKET_PATH_BYTES = 100;

/** The paths of homePaths(), and those that only the stack uses. */
export function stackPaths(home: string) {
  const paths = homePaths(home);
  return {
    ...paths,
    socket: socketPath(home, paths.stackSocket),
    /** Ports of the last start, so that addresses stay the same. Unlike stack.json, this file outlives the stack. */
    ports: join(home, 'ports.json'),
    /** Lock files of the host and of commands that start one. */
    locks: join(home, 'locks'),
    /** Version of the Temporal server that wrote `temporalFile`; missing until a server has used that file. */
    temporalVersion: join(home, 'temporal', 'VERSION'),
    hostLog: join(paths.logs, 'host.log'),
    log: (name: string): string => join(paths.logs, `${name}.log`),
  } as const;
}
export type StackPaths = ReturnType<typeof stackPaths>;

/**
 * The socket that the host listens on. When the path in the home is too long, the socket is in a private folder below
 * /tmp, with a name derived from the home. TMPDIR is not used: two commands of one home may have different values.
 */
export function socketPath(home: string, preferred: string): string {
  if (Buffer.byteLength(preferred) <= MAX_SOCKET_PATH_BYTES) return preferred;
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  return join('/tmp', `leadwright-${process.getuid?.() ?? 0}`, `${name}.sock`);
}
