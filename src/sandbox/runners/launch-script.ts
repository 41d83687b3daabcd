/**
 * Builds the launch script: a shell script that prepares a sandbox's files in a separate mount namespace and then
 * starts bubblewrap. Its mounts are invisible outside, and the kernel removes them with the last process. Pure.
 */
import { DESCRIPTOR, ETC } from './bubblewrap-arguments.js';
import { LAYER, mountAfterFiles, mountBeforeFiles } from '../setup-cache/layer-mount.js';
import { USER_LIMIT_OPTIONS, type InotifyLimits } from '../limits/user-limits.js';
import type { Limits } from '../limits/command-limits.js';
import { copyFilesScript } from '../kept-files.js';
import { OUTPUT_PIPE } from './stage-archive.js';
import type { ScratchFolder } from '../scratch-folder.js';
import { shellQuote } from '../../shared/process/shell.js';
import { TAR_OPTIONS } from './unpack.js';

/** The user ids that a worker running as root uses for sandboxes. Each running sandbox has its own. */
export interface SlotUids {
  readonly first: number;
  readonly count: number;
}

export interface LaunchOptions {
  readonly programs: { readonly bwrap: string; readonly prlimit: string; readonly setpriv: string };
  readonly scratch: Pick<ScratchFolder, 'tree' | 'home'>;
  readonly files: LaunchFiles;
  /** The names of the variables that `argumentVariables` made. */
  readonly argumentNames: readonly string[];
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

/** Files of the machine that the launch script reads. */
export interface LaunchFiles {
  /** An empty folder, on which the sandbox's file system is mounted first. */
  readonly stage: string;
  readonly filter: string;
  /** See `mountTables`. */
  readonly mounts: { readonly first: string; readonly last: string | null };
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
  const { files, scratch, layer, keep, keepFiles } = launch;
  return [
    'set -eu; umask 022',
    // The parent may have died before the kernel was told to end this script with it.
    `[ "$PPID" = "$${PARENT_VARIABLE}" ]`,
    // Opened first: the stage may hide its folder.
    `exec ${DESCRIPTOR.filter}<${shellQuote(files.filter)}`,
    // First, so that the memory of the files counts as well.
    ...launch.cgroupEntries.map((entry) => `echo $$ >${shellQuote(entry)}`),
    // When the machine runs out of memory, the kernel ends the command before any other program.
    '{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :',
    ...limitInotify(launch.inotify),
    ...assignUser(launch),
    ...mountStage(launch),
    ...openArguments(launch.argumentNames),
    ...(layer === null ? [] : mountBeforeFiles(launch.slotUids !== null)),
    `$as tar ${TAR_OPTIONS.join(' ')}`,
    ...(layer === null ? [] : mountAfterFiles()),
    `echo ${READY_LINE} >&${DESCRIPTOR.status}`,
    `code=0; ${startBubblewrap(launch)} || code=$?`,
    `[ $code -eq 0 ] || stat -f -c '%a %d' ${STAGE} >&${DESCRIPTOR.status}`,
    // The stage may hide the scratch folder. The current folder stays, with the layer that is mounted on it.
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

/** What is mounted in the stage. */
export interface StageContent {
  readonly limits: Pick<Limits, 'diskBytes' | 'files'>;
  /** The folder with the files of /etc. */
  readonly etc: string;
  readonly toolChains: readonly string[];
  readonly layer: string | null;
  /** Whether the script mounts files as well, before the stage is mounted at STAGE. */
  readonly hasNetwork: boolean;
}

/**
 * The tables of the mounts to make, as in /etc/fstab (fstab(5)). The sandbox's file system is mounted at a folder of its own,
 * and at STAGE last, which may hide what the others are made from.
 * @returns `last` is null when `first` has all of them
 */
export function mountTables(
  stage: string,
  { limits, etc, toolChains, layer, hasNetwork }: StageContent,
): { readonly first: string; readonly last: string | null } {
  // The command's user makes the folders in it, with `tar`. Not sticky: in such a folder of root, `fs.protected_fifos` lets even
  // root not open that user's pipe.
  const options = `size=${limits.diskBytes},nr_inodes=${limits.files},mode=0777,nosuid,nodev`;
  const bind = (folder: string, name: string) =>
    `${mountField(folder)} ${mountField(`${stage}/${name}`)} none rbind,X-mount.mkdir\n`;
  const first = [
    `sandbox ${mountField(stage)} tmpfs ${options}\n`,
    bind(etc, ETC),
    ...toolChains.map((folder, index) => bind(folder, `tool-chain-${index}`)),
    ...(layer === null ? [] : [bind(layer, LAYER)]),
  ].join('');
  const last = `${mountField(stage)} ${STAGE} none rbind\n`;
  return hasNetwork ? { first, last } : { first: first + last, last: null };
}

/** Escapes a path for a line of fstab(5). */
function mountField(path: string): string {
  return path.replace(/[ \t\n\\#]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** Makes all mounts, and goes to the stage. */
function mountStage({ files, network }: LaunchOptions): string[] {
  const { first, last } = files.mounts;
  // `mount` makes folders to mount on, but no files.
  const networkFiles = network.map(
    (file, index) => `: >network-${index}; mount --bind ${shellQuote(file)} network-${index}`,
  );
  return [
    mountAll(first),
    ...(last === null ? [] : [`cd ${shellQuote(files.stage)}`, ...networkFiles, mountAll(last)]),
    `cd ${STAGE}`,
  ];
}

/** `mount` reads a table from a regular file only. */
function mountAll(table: string): string {
  return `mount -a -T ${shellQuote(table)}`;
}

/**
 * A part of what `printf %b` reads, cut between its escapes. Each of its signs has at most five bytes, and the kernel allows
 * 128 KiB for a variable.
 */
const PART = /(?:\\(?:\\|0000)|[^\\]){1,25000}/gsu;

/**
 * The variables in which the launch script gets bubblewrap's arguments: `ps` does not show them, and they are not on the disk.
 */
export function argumentVariables(words: readonly string[]): Record<string, string> {
  const text = words.map((word) => `${word.replaceAll('\\', '\\\\')}\\0000`).join('');
  const parts = text.match(PART) ?? [];
  return Object.fromEntries(parts.map((part, index) => [`ARGUMENTS_${index}`, part]));
}

/** Opens bubblewrap's arguments. The file is in the stage, outside of all folders that a command sees. */
function openArguments(names: readonly string[]): string[] {
  const variables = names.map((name) => `"$${name}"`);
  return [
    // Should the stage not be mounted, nobody else can read the file, and it is written through no link.
    `umask 077; set -C; printf %b ${variables.join(' ')} >arguments; set +C; umask 022`,
    `exec ${DESCRIPTOR.arguments}<arguments`,
  ];
}

/** As root: gives the sandbox a separate user id, computed from this process's id, which is unique while it runs. */
function assignUser({ slotUids, programs: { setpriv } }: LaunchOptions): string[] {
  const end = END_WITH_PARENT.join(' ');
  if (slotUids === null) return [`as="${setpriv} ${end}"`];
  const { first, count } = slotUids;
  const user = '--reuid=$uid --regid=$uid --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs';
  return [`uid=$((${first} + $$ % ${count}))`, `as="${setpriv} ${user} ${end}"`];
}

/**
 * Starts bubblewrap with an empty environment, because a command can read the environment of its init process. A server
 * reads from descriptor 1, which Node has opened in both directions, and its error output stays apart.
 */
function startBubblewrap(launch: LaunchOptions): string {
  const { programs, argumentNames, before, command, isServer } = launch;
  const inner = [
    ...[programs.bwrap, '--args', String(DESCRIPTOR.arguments), '--'],
    ...[...before, programs.prlimit, ...resourceLimits(launch), '/bin/sh', '-c', command],
  ];
  const words = inner.map(shellQuote).join(' ');
  const empty = `unset PATH LC_ALL PWD OLDPWD ${[PARENT_VARIABLE, ...argumentNames].join(' ')}`;
  return `(${empty}; exec $as ${words}) ${isServer ? `<&1 >${OUTPUT_PIPE}` : `</dev/null >${OUTPUT_PIPE} 2>&1`}`;
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
 * Copies the current folder, the tree, and the home beside it from the namespace to the disk, after the command's last process has exited. Links are copied as
 * links. Set-user-id bits are removed, because the files on the disk belong to root.
 */
function copyKeptFiles({ tree, home }: LaunchOptions['scratch']): string[] {
  const copy = 'cp -R --preserve=mode,timestamps,links';
  return [
    `if [ $code -eq 0 ]; then`,
    `${copy} . ${shellQuote(tree)}; ${copy} ../home/. ${shellQuote(home)}`,
    // Tests run as other users and write to it, each in its own overlay. The parent folder keeps everyone else out.
    `chmod -R ug-s,a+rwX ${shellQuote(tree)} ${shellQuote(home)}`,
    'fi',
  ];
}
