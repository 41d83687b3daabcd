/** Builds bubblewrap's arguments: what a command can see in the sandbox. Pure. */
import type { Folders } from '../../results/command-folders.js';
import { isWithin } from './tool-chains.js';

/** A folder or link in the root folder of the system. */
export interface SystemFolder {
  readonly path: string;
  /** The target when it is a link (`/bin` links to `usr/bin` on most systems); null for a folder. */
  readonly link: string | null;
}

/** A folder or file outside the sandbox, and the path at which a command sees it. */
export interface BindMount {
  readonly from: string;
  readonly at: string;
}

/** The part of the machine that a command can see. */
export interface SandboxView {
  readonly system: readonly SystemFolder[];
  /** The folder with the writable folders and with /etc, as the launch script sees it. */
  readonly stage: string;
  /** Folders of the machine's own /etc that a command sees. */
  readonly etcFolders: readonly string[];
  readonly toolChains: readonly BindMount[];
  /** Folders that are hidden even when they are in a visible folder. */
  readonly hidden: readonly string[];
  /** Files that are hidden likewise: a command finds them empty. */
  readonly hiddenFiles: readonly string[];
  /** Files at which the set-up network is mounted; none without a network. */
  readonly network: readonly BindMount[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the command, a server, sees the commit's files read-only. */
  readonly readOnlyTree: boolean;
}

/** A command's folders. They are the same in every sandbox, so paths that a set-up writes are valid in every test. */
export const SANDBOX_FOLDERS: Folders = { tree: '/sandbox/tree', home: '/sandbox/home', tmp: '/sandbox/tmp' };

/** The folders of the stage that a command may write to, each with the paths at which it is mounted. */
export const WRITABLE_MOUNTS = {
  tree: [SANDBOX_FOLDERS.tree],
  home: [SANDBOX_FOLDERS.home],
  // Also /tmp, for programs that ignore TMPDIR.
  tmp: [SANDBOX_FOLDERS.tmp, '/tmp'],
  shm: ['/dev/shm'],
} as const;

/** The folder of the stage with the files of /etc. */
export const ETC = 'etc';

/** The user id of a command. /etc/passwd gives it a name and a home folder. It has no permissions outside the sandbox. */
export const SANDBOX_UID = 1000;

/** File descriptors that the launch script passes to bubblewrap, which closes them before the command starts. */
export const DESCRIPTOR = { status: 3, arguments: 4, filter: 5 } as const;

/**
 * Builds all arguments except the command. bubblewrap reads them from a descriptor, so that `ps` does not show the
 * environment.
 * @param filtered whether a seccomp filter is passed in DESCRIPTOR.filter
 */
export function buildBubblewrapArguments(view: SandboxView, filtered: boolean): string[] {
  return [
    ...ISOLATION,
    ...['--json-status-fd', String(DESCRIPTOR.status)],
    ...(filtered ? ['--seccomp', String(DESCRIPTOR.filter)] : []),
    ...view.system.flatMap(({ path, link }) =>
      link === null ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    // bubblewrap reads the whole table of mounts for each mount that it makes, so the files of /etc are one.
    ...['--ro-bind', `${view.stage}/${ETC}`, '/etc'],
    ...view.etcFolders.flatMap((path) => ['--ro-bind-try', path, path]),
    ...view.toolChains.flatMap(({ from, at }) => ['--ro-bind', from, at]),
    ...hidePlaces(view),
    ...view.network.flatMap(({ from, at }) => ['--ro-bind', from, at]),
    ...['--proc', '/proc'],
    // Otherwise a user id with permissions outside the sandbox could change the machine's settings.
    ...['--ro-bind', '/proc/sys', '/proc/sys'],
    // Otherwise the command could write to /proc/1/mem, the memory of its init process, and forge its exit code.
    ...['--remount-ro', '/proc'],
    ...['--dev', '/dev'],
    ...Object.entries(WRITABLE_MOUNTS).flatMap(([part, mountPoints]) =>
      mountPoints.flatMap((mountPoint) => [
        view.readOnlyTree && part === 'tree' ? '--ro-bind' : '--bind',
        `${view.stage}/${part}`,
        mountPoint,
      ]),
    ),
    // Last: everything except the writable mounts becomes read-only, because only those have a quota.
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    ...['--chdir', SANDBOX_FOLDERS.tree, '--clearenv'],
    ...Object.entries(view.env).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

const ISOLATION: readonly string[] = [
  ...['--unshare-user', '--disable-userns', '--uid', String(SANDBOX_UID), '--gid', String(SANDBOX_UID)],
  ...['--unshare-pid', '--unshare-ipc', '--unshare-cgroup-try', '--unshare-net'],
  ...['--unshare-uts', '--hostname', 'sandbox'],
  ...['--cap-drop', 'ALL', '--new-session', '--die-with-parent'],
];

function hidePlaces({ system, toolChains, hidden, hiddenFiles }: SandboxView): string[] {
  const shown = [...system.map(({ path }) => path), ...toolChains.map(({ at }) => at)];
  const isShown = (path: string) => shown.some((folder) => isWithin(path, folder));
  return [
    ...hidden.filter(isShown).flatMap((path) => ['--tmpfs', path, '--remount-ro', path]),
    ...hiddenFiles.filter(isShown).flatMap((path) => ['--ro-bind', '/dev/null', path]),
  ];
}
