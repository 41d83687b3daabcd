/** Finds the folders of this process's control groups, version 1 or 2. Pure. */
import { posix } from 'node:path';

/** The folders of this process's own groups; null where a controller is not mounted. */
export interface OwnCgroups {
  /** Version 2: one folder for all controllers. */
  readonly unified: string | null;
  /** Version 1: one folder for each controller. */
  readonly memory: string | null;
  readonly pids: string | null;
  readonly cpuacct: string | null;
}

interface Mount {
  /** The part of the hierarchy that is mounted: a container sees only a part. */
  readonly root: string;
  readonly at: string;
  readonly type: string;
  readonly controllers: readonly string[];
}

/**
 * Finds this process's own control group folders.
 * @param own content of `/proc/self/cgroup`
 * @param mountInfo content of `/proc/self/mountinfo`
 */
export function findOwnCgroups(own: string, mountInfo: string): OwnCgroups {
  const mounts = mountInfo.split('\n').flatMap(parseMount);
  const paths = own.split('\n').flatMap(parseCgroupLine);
  const folderOf = (mounted: (mount: Mount) => boolean, controller: string): string | null => {
    const mount = mounts.find(mounted);
    const path = paths.find(({ controllers }) => controllers.includes(controller))?.path;
    if (mount === undefined || path === undefined) return null;
    const below = path === mount.root || path.startsWith(`${mount.root}/`);
    return posix.join(mount.at, below ? path.slice(mount.root.length) : path);
  };
  const versionOne = (controller: string): string | null =>
    folderOf(({ type, controllers }) => type === 'cgroup' && controllers.includes(controller), controller);
  return {
    unified: folderOf(({ type }) => type === 'cgroup2', ''),
    memory: versionOne('memory'),
    pids: versionOne('pids'),
    cpuacct: versionOne('cpuacct'),
  };
}

/** Parses a line such as `36 35 0:31 ROOT AT rw,relatime shared:1 - TYPE source OPTIONS`. */
function parseMount(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, at] = before.split(' ');
  const [type, , options = ''] = after.split(' ');
  if (root === undefined || at === undefined || type === undefined || !type.startsWith('cgroup')) return [];
  return [{ root: root === '/' ? '' : root, at, type, controllers: options.split(',') }];
}

/** Parses a line such as `4:memory:/path`; in version 2 it is `0::/path`. */
function parseCgroupLine(line: string): { controllers: readonly string[]; path: string }[] {
  const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
  return controllers === undefined || path === undefined
    ? []
    : [{ controllers: controllers.split(','), path }];
}
