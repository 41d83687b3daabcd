/**
 * Builds the launch script: a shell script that prepares a sandbox's files in a separate mount namespace and then
 * starts bubblewrap. Its mounts are invisible outside, and the kernel removes them with the last process. Pure.
 */
import { DESCRIPTOR } from './bubblewrap-arguments.js';
import { LAYER, mountAfterFiles, mountBeforeFiles } from '../setup-cache/layer-mount.js';
import { USER_LIMIT_OPTIONS, type InotifyLimits } from '../limits/user-limits.js';
import type { Limits } from '../limits/command-limits.js';
import { copyFilesScript } from '../kept-files.js';
import { OUTPUT_PIPE } from './stage-archive.js';
import type { ScratchFolder } from '../scratch-folder.js';
import { shellQuote } from '../../shared/shell.js';
import { TAR_OPTIONS } from './unpack.js';

/** The user ids that a worker running as root uses for sandboxes. Each running sandbox has its own. */
export interface SlotUids {
  readonly first: number;
  readonly count: number;
}

export interface LaunchOptions {
  readonly programs: { readonly bwrap: string; readonly prlimit: string };
  readonly scratch: Pick<ScratchFolder, 'root' | 'tree' | 'home'>;
  /** Null when not root: the command then runs with the worker's user id, in a user namespace. */
  readonly slotUids: SlotUids | null;
  readonly limits: Limits;
  /** Time limit of the command. */
  readonly timeoutMs: number;
  /** The limits of the command's user namespace; null when the command runs as a separate user. */
  readonly inotify: InotifyLimits | null;
  /** The control group's files into which a process writes its id to join. Empty when there is no group. */
  readonly cgroupEntries: readonly string[];
  /** Folders on the machine, mounted at `toolChainMountPoint(n)`. */
  readonly toolChains: readonly string[];
  /** Files of the set-up network, mounted at `networkMountPoint(n)`; none without a network. */
  readonly network: readonly string[];
  /** Words before the command, which start what it needs. */
  readonly before: readonly string[];
  /** A set-up layer to mount under the commit's files; null for none. */
  readonly layer: string | null;
  /** Whether to copy tree and home into the scratch folder after the command has succeeded. */
  readonly keep: boolean;
  /** Files of the tree to copy into the scratch folder after the command has ended. */
  readonly keepFiles: readonly string[];
  readonly command: string;
  /** Whether the command is a server, which has an input, and its error output apart. */
  readonly isServer: boolean;
}

/**
 * The stage: the mount point of the sandbox's file system while bubblewrap sets up the sandbox. Every system has this
 * folder and every user can access it. The files that it hides in this namespace are not needed any more by then.
 */
export const STAGE = '/tmp';

/** A line on DESCRIPTOR.status: the command starts once OUTPUT_PIPE is opened for reading. */
export const READY_LINE = 'ready';

/** A line on DESCRIPTOR.status: the files to keep were copied out of the sandbox. */
export const COPIED_LINE = 'copied';

/** The file with the mounts to make, in the scratch folder. */
export const MOUNT_TABLE = 'mounts';

/** What the launch script prints when it cannot write MOUNT_TABLE. */
export const NO_ROOM = 'its table of mounts could not be written: check the disk for free space';

/** The variable with the id of the launch script's parent. */
export const PARENT_VARIABLE = 'PARENT';

/** The path at which bubblewrap can read a tool chain, whatever the permissions of its parent folders. */
export const toolChainMountPoint = (index: number): string => `${STAGE}/tool-chain-${index}`;

/** The path at which bubblewrap can read a file of the set-up network. */
export const networkMountPoint = (index: number): string => `${STAGE}/network-${index}`;

/**
 * The program that runs the launch script, and its arguments: in a new mount namespace, which without root needs a user
 * namespace as well. The kernel kills the script when its parent dies, bubblewrap with the script, and its init process
 * with bubblewrap.
 */
export function launchWords(slotUids: SlotUids | null, script: string): [string, ...string[]] {
  const namespaces = slotUids === null ? ['--user', '--map-root-user', '--mount'] : ['--mount'];
  const shell = ['setpriv', ...END_WITH_PARENT, '--', '/bin/sh', '-c', script];
  return ['unshare', ...namespaces, '--propagation', 'private', '--', ...shell];
}

const END_WITH_PARENT = ['--pdeathsig', 'KILL'];

/**
 * Builds the launch script for one command. It reads the archive of the stage and of the commit's files (stage-archive.ts)
 * from its standard input. Each program that it starts costs about a millisecond of processor time for each test of each
 * task, so one `mount` makes all mounts, and one `tar` all folders and files.
 */
export function buildLaunchScript(launch: LaunchOptions): string {
  const { scratch, layer, keep, keepFiles } = launch;
  return [
    'set -eu; umask 022',
    // The parent may have died before the kernel was told to end this script with it.
    `[ "$PPID" = "$${PARENT_VARIABLE}" ]`,
    // Opened first: the stage may hide the scratch folder.
    ...(['arguments', 'filter'] as const).map(
      (file) => `exec ${DESCRIPTOR[file]}<${shellQuote(`${scratch.root}/${file}`)}`,
    ),
    // First, so that the memory of the files counts as well.
    ...launch.cgroupEntries.map((entry) => `echo $$ >${shellQuote(entry)}`),
    // When the machine runs out of memory, the kernel ends the command before any other program.
    '{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :',
    ...limitInotify(launch.inotify),
    ...assignUser(launch),
    ...mountStage(launch),
    ...(layer === null ? [] : mountBeforeFiles(launch.slotUids !== null)),
    `$as tar ${TAR_OPTIONS.join(' ')}`,
    ...(layer === null ? [] : mountAfterFiles()),
    `echo ${READY_LINE} >&${DESCRIPTOR.status}`,
    `code=0; ${startBubblewrap(launch)} || code=$?`,
    `[ $code -eq 0 ] || stat -f -c '%a %d' ${STAGE} >&${DESCRIPTOR.status}`,
    // The stage may hide the scratch folder.
    // The current folder stays, with the layer that is mounted on it.
    ...(keep || keepFiles.length > 0 ? [`cd ${STAGE}/tree; umount -R -l ${STAGE}`] : []),
    ...(keep ? copyKeptFiles(scratch) : []),
    ...copyFilesScript(scratch.tree, keepFiles),
    // Not reached when a copy has failed, for example because the disk is full.
    `echo ${COPIED_LINE} >&${DESCRIPTOR.status}`,
    'exit $code',
  ].join('\n');
}

/** Sets the limits of this user namespace, which also hold in bubblewrap's. In some containers /proc/sys is read-only. */
function limitInotify(inotify: InotifyLimits | null): string[] {
  const counts = Object.entries(inotify ?? {});
  return counts.map(
    ([name, most]) => `{ echo ${most} >/proc/sys/user/max_inotify_${name}; } 2>/dev/null || :`,
  );
}

/**
 * Makes all mounts, and goes to the stage. It is made in the scratch folder, next to the folders into which kept files are
 * copied, and mounted at STAGE last, which may hide what the others are made from.
 */
function mountStage({ scratch, limits, slotUids, toolChains, network, layer }: LaunchOptions): string[] {
  const stage = `${scratch.root}/tmp`;
  const size = `size=${limits.diskBytes},nr_inodes=${limits.files},mode=0755,nosuid,nodev`;
  // The command's user makes the folders in it, with `tar`.
  const owner = slotUids === null ? '' : ',uid=$uid,gid=$uid';
  const bind = (folder: string, name: string) =>
    `${mountField(folder)} ${mountField(`${stage}/${name}`)} none rbind,X-mount.mkdir`;
  const first = [
    `sandbox ${mountField(stage)} tmpfs ${size}${owner}`,
    ...toolChains.map((folder, index) => bind(folder, `tool-chain-${index}`)),
    ...(layer === null ? [] : [bind(layer, LAYER)]),
  ];
  const last = `${mountField(stage)} ${STAGE} none rbind`;
  const enter = `cd ${STAGE}`;
  const table = `${scratch.root}/${MOUNT_TABLE}`;
  if (network.length === 0) return [...mountAll(table, [...first, last]), enter];
  // `mount` makes folders to mount on, but no files.
  const files = network.map(
    (file, index) => `: >network-${index}; mount --bind ${shellQuote(file)} network-${index}`,
  );
  return [...mountAll(table, first), `cd ${shellQuote(stage)}`, ...files, ...mountAll(table, [last]), enter];
}

/** Makes mounts, given as lines of /etc/fstab (fstab(5)), in their order. `mount` reads them from a regular file only. */
function mountAll(file: string, lines: readonly string[]): string[] {
  const words = lines.map((line) => `"${line}"`).join(' ');
  return [
    `printf '%s\\n' ${words} >${shellQuote(file)} || { echo ${shellQuote(NO_ROOM)} >&2; exit 1; }`,
    `mount -a -T ${shellQuote(file)}`,
  ];
}

/** Escapes a path for a line of fstab(5) that is inside double quotes of the shell. */
function mountField(path: string): string {
  return path.replace(/[ \t\n\\#$`"]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** As root: gives the sandbox a separate user id, computed from this process's id, which is unique while it runs. */
function assignUser({ slotUids }: LaunchOptions): string[] {
  const end = END_WITH_PARENT.join(' ');
  if (slotUids === null) return [`as="setpriv ${end}"`];
  const { first, count } = slotUids;
  const user = '--reuid=$uid --regid=$uid --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs';
  return [`uid=$((${first} + $$ % ${count}))`, `as="setpriv ${user} ${end}"`];
}

/**
 * Starts bubblewrap with an empty environment, because a command can read the environment of its init process. A server
 * reads from descriptor 1, which Node has opened in both directions, and its error output stays apart.
 */
function startBubblewrap(launch: LaunchOptions): string {
  const { programs, before, command, isServer } = launch;
  const inner = [
    ...[programs.bwrap, '--args', String(DESCRIPTOR.arguments), '--'],
    ...[...before, programs.prlimit, ...resourceLimits(launch), '/bin/sh', '-c', command],
  ];
  const words = inner.map(shellQuote).join(' ');
  return `$as env -i ${words} ${isServer ? `<&1 >${OUTPUT_PIPE}` : `</dev/null >${OUTPUT_PIPE} 2>&1`}`;
}

/** Kernel limits of each process. They are set inside the sandbox: outside, they would count the user's other processes. */
function resourceLimits({ limits, timeoutMs, cgroupEntries, slotUids }: LaunchOptions): string[] {
  const seconds = Math.ceil((timeoutMs * limits.processors) / 1000);
  return [
    `--nproc=${limits.processes}`,
    `--nofile=${limits.openFiles}`,
    `--cpu=${seconds}`,
    '--core=0',
    ...(slotUids === null ? USER_LIMIT_OPTIONS : []),
    // Without a control group, this limits what one process can take between two checks of the memory watch.
    ...(cgroupEntries.length > 0 ? [] : [`--data=${limits.memoryBytes}`]),
  ];
}

/**
 * Copies the files from the namespace to the disk, after the command's last process has exited. Links are copied as
 * links. Set-user-id bits are removed, because the files on the disk belong to root.
 */
function copyKeptFiles({ root, tree, home }: LaunchOptions['scratch']): string[] {
  const copy = 'cp -R --preserve=mode,timestamps,links';
  return [
    `if [ $code -eq 0 ]; then`,
    `${copy} ${shellQuote(`${root}/tmp/tree/.`)} ${shellQuote(tree)}; ${copy} ${shellQuote(`${root}/tmp/home/.`)} ${shellQuote(home)}`,
    // Tests run as other users and write to it, each in its own overlay. The parent folder keeps everyone else out.
    `chmod -R ug-s,a+rwX ${shellQuote(tree)} ${shellQuote(home)}`,
    'fi',
  ];
}
