/** What a command sees in the sandbox, as bubblewrap's arguments. Pure. */
import type { Folders } from '../../results/command-folders.js';
import { isWithin } from './tool-chains.js';

/** A folder or link at the root of the system. */
export interface SystemFolder {
  readonly path: string;
  /** Where it leads when it is a link (`/bin` is one to `usr/bin` on most systems). */
  readonly link: string | null;
}

/** A folder as it is reached from outside, and where a command sees it. */
export interface BindMount {
  readonly from: string;
  readonly at: string;
}

/** What a command is shown of the machine. */
export interface SandboxView {
  readonly system: readonly SystemFolder[];
  /** Where the writable folders and the made files are, as the launcher reaches them. */
  readonly stage: string;
  readonly toolChains: readonly BindMount[];
  /** Never shown, even where it lies within a folder that is. */
  readonly hidden: readonly string[];
  readonly network: boolean;
  readonly env: Readonly<Record<string, string>>;
}

/** The folders of a command, the same in every sandbox: what a set-up wrote down is right in every test. */
export const SANDBOX_FOLDERS: Folders = { tree: '/sandbox/tree', home: '/sandbox/home', tmp: '/sandbox/tmp' };

/** The parts of the stage that a command may write to, each with the places where it sees it. */
export const WRITABLE_MOUNTS = {
  tree: [SANDBOX_FOLDERS.tree],
  home: [SANDBOX_FOLDERS.home],
  // Programs that do not look at TMPDIR share it with those that do.
  tmp: [SANDBOX_FOLDERS.tmp, '/tmp'],
  shm: ['/dev/shm'],
} as const;

/** A command's own user: a name and a home for whoever looks itself up, and no right to anything. */
export const SANDBOX_UID = 1000;

/** Files of the stage that stand in for the machine's. */
export const GENERATED_FILES: Readonly<Record<string, string>> = {
  passwd: `root:x:0:0:root:/root:/bin/sh\nsandbox:x:${SANDBOX_UID}:${SANDBOX_UID}::${SANDBOX_FOLDERS.home}:/bin/sh\n`,
  group: `root:x:0:\nsandbox:x:${SANDBOX_UID}:\n`,
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** What programs of the system look up, none of it a secret. */
const SYSTEM_FILES = [
  'alternatives',
  'ca-certificates',
  'debian_version',
  'fonts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'lsb-release',
  'mime.types',
  'os-release',
  'pki/ca-trust',
  'pki/tls',
  'protocols',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
];
/** The address of a name server; a link on some systems, which bubblewrap follows. */
const NETWORK_FILES = ['resolv.conf'];

/** Descriptors that the launcher gives to bubblewrap, which closes them before the command starts. */
export const DESCRIPTOR = { arguments: 4, status: 5, filter: 6 } as const;

/** Everything but the command: it is read from a descriptor, so that no list of processes shows an environment. */
export function buildBubblewrapArguments(view: SandboxView, filtered: boolean): string[] {
  return [
    ...isolationArguments(view.network),
    ...['--json-status-fd', String(DESCRIPTOR.status)],
    ...(filtered ? ['--seccomp', String(DESCRIPTOR.filter)] : []),
    ...view.system.flatMap(({ path, link }) =>
      link === null ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    ...bindEtcFiles(view),
    ...view.toolChains.flatMap(({ from, at }) => ['--ro-bind', from, at]),
    ...hideFolders(view),
    ...['--proc', '/proc'],
    // A user whose number has a right to it outside would else change the machine's settings.
    ...['--ro-bind', '/proc/sys', '/proc/sys'],
    ...['--dev', '/dev'],
    ...Object.entries(WRITABLE_MOUNTS).flatMap(([part, mountPoints]) =>
      mountPoints.flatMap((mountPoint) => ['--bind', `${view.stage}/${part}`, mountPoint]),
    ),
    // Last: what is not bound for writing is no place to write to, and has no quota.
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    ...['--chdir', SANDBOX_FOLDERS.tree, '--clearenv'],
    ...Object.entries(view.env).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

function isolationArguments(network: boolean): string[] {
  return [
    ...['--unshare-user', '--disable-userns', '--uid', String(SANDBOX_UID), '--gid', String(SANDBOX_UID)],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-cgroup-try'],
    ...['--unshare-uts', '--hostname', 'sandbox'],
    ...(network ? [] : ['--unshare-net']),
    ...['--cap-drop', 'ALL', '--new-session', '--die-with-parent'],
  ];
}

function bindEtcFiles({ network, stage }: SandboxView): string[] {
  const files = [...SYSTEM_FILES, ...(network ? NETWORK_FILES : [])].map((name) => `/etc/${name}`);
  return [
    ...files.flatMap((path) => ['--ro-bind-try', path, path]),
    ...Object.keys(GENERATED_FILES).flatMap((name) => ['--ro-bind', `${stage}/${name}`, `/etc/${name}`]),
  ];
}

function hideFolders({ system, toolChains, hidden }: SandboxView): string[] {
  const shown = [...system.map(({ path }) => path), ...toolChains.map(({ at }) => at)];
  return hidden
    .filter((path) => shown.some((folder) => isWithin(path, folder)))
    .flatMap((path) => ['--tmpfs', path, '--remount-ro', path]);
}
