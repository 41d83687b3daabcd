import { join } from 'node:path';
import { homePaths } from '../shared/config.js';
import { socketPaths, type SocketPaths } from '../shared/network/sockets.js';

/** The paths of homePaths(), and those that only the stack uses. */
export function stackPaths(home: string) {
  const paths = homePaths(home);
  return {
    ...paths,
    /** Looked up each time: with a long home, the host decides on their folder when it starts. */
    get sockets(): SocketPaths {
      return socketPaths(home);
    },
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
