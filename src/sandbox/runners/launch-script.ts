/**
 * Builds the launch script: a shell script that prepares a sandbox's files in a separate mount namespace and then
 * starts bubblewrap. Its mounts are invisible outside, and the kernel removes them with the last process. Pure.
 */
import { DESCRIPTOR, GENERATED_FILES, WRITABLE_MOUNTS } from './bubblewrap-arguments.js';
import { mountAfterFiles, mountBeforeFiles } from '../setup-cache/layer-mount.js';
import { USER_LIMIT_OPTIONS, type InotifyLimits } from '../limits/user-limits.js';
import type { Limits } from '../limits/command-limits.js';
import { copyFilesScript } from '../kept-files.js';
import type { ScratchFolder } from '../scratch-folder.js';
import { shellQuote } from '../../shared/shell.js';
import { TAR_OPTIONS } from './unpack.js';
import { WATCHER } from '../limits/command-watch.js';

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
  /** Whether the command is a server, which reads INPUT_DESCRIPTOR and has its error output apart. */
  readonly isServer: boolean;
}

/**
 * The stage: the mount point of the sandbox's file system while bubblewrap sets up the sandbox. Every system has this
 * folder and every user can access it. The files that it hides in this namespace are not needed any more by then.
 */
export const STAGE = '/tmp';

/** The descriptor for reports: READY_LINE, and after a failed command the number of free blocks and files. */
export const REPORT_DESCRIPTOR = 7;
/** The descriptor with the standard input of a server: descriptor 0 is the commit's archive. */
export const INPUT_DESCRIPTOR = 9;
export const READY_LINE = 'ready';

/** The path at which bubblewrap can read a tool chain, whatever the permissions of its parent folders. */
export const toolChainMountPoint = (index: number): string => `${STAGE}/tool-chain-${index}`;

/** The path at which bubblewrap can read a file of the set-up network. */
export const networkMountPoint = (index: number): string => `${STAGE}/network-${index}`;

/**
 * Builds the script that runs first. It starts the watcher of the process group, and then runs the script `$1` in a new
 * mount namespace. Without root, that needs a user namespace as well.
 */
export function buildOuterScript(slotUids: SlotUids | null): string {
  const namespaces = slotUids === null ? '--user --map-root-user --mount' : '--mount';
  const others = [
    DESCRIPTOR.arguments,
    DESCRIPTOR.status,
    DESCRIPTOR.filter,
    REPORT_DESCRIPTOR,
    INPUT_DESCRIPTOR,
  ];
  const closed = others.map((descriptor) => `${descriptor}<&-`).join(' ');
  return `${WATCHER} ${closed} &
exec unshare ${namespaces} --propagation private -- /bin/sh -c "$1" sh 3<&-`;
}

/** Builds the launch script for one command. It reads the commit's archive from its standard input. */
export function buildLaunchScript(launch: LaunchOptions): string {
  const { scratch, limits, toolChains, layer, keep, keepFiles } = launch;
  // In the scratch folder, next to the folders into which kept files are copied.
  const stage = shellQuote(`${scratch.root}/tmp`);
  const size = `size=${limits.diskBytes},nr_inodes=${limits.files},mode=0755,nosuid,nodev`;
  const parts = Object.keys(WRITABLE_MOUNTS).join(' ');
  const points = toolChains.map((_, index) => ` tool-chain-${index}`).join('');
  return [
    'set -eu; umask 022',
    // First, so that the memory of the files counts as well.
    ...launch.cgroupEntries.map((entry) => `echo $$ >${shellQuote(entry)}`),
    // When the machine runs out of memory, the kernel ends the command before any other program.
    '{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :',
    ...limitInotify(launch.inotify),
    ...assignUser(launch),
    `mount -t tmpfs -o ${size} sandbox ${stage}`,
    `cd ${stage}; mkdir ${parts}${points}`,
    ...Object.entries(GENERATED_FILES).map(([name, text]) => `printf %s ${shellQuote(text)} >${name}`),
    ...toolChains.map((folder, index) => `mount --rbind ${shellQuote(folder)} tool-chain-${index}`),
    ...launch.network.map(
      (file, index) => `: >network-${index}; mount --bind ${shellQuote(file)} network-${index}`,
    ),
    ...(launch.slotUids === null ? [] : [`chown "$uid:$uid" ${parts}`]),
    ...mountBeforeFiles(layer, launch.slotUids !== null),
    `mount --rbind . ${STAGE}; cd ${STAGE}`,
    `$as tar -C $into ${TAR_OPTIONS.join(' ')}`,
    ...mountAfterFiles(layer),
    `echo ${READY_LINE} >&${REPORT_DESCRIPTOR}`,
    // Created now and overwritten later, when the disk may be too full for a new file.
    'echo 255 >code',
    startBubblewrap(launch),
    // Read from a file, because `$?` of a pipeline is the exit code of its last command.
    'read -r code <code',
    `[ $code -eq 0 ] || stat -f -c '%a %d' ${STAGE} >&${REPORT_DESCRIPTOR}`,
    // The stage may hide the scratch folder.
    // The current folder stays, with the layer that is mounted on it.
    ...(keep || keepFiles.length > 0 ? [`cd ${STAGE}/tree; umount -R -l ${STAGE}`] : []),
    ...(keep ? copyKeptFiles(scratch) : []),
    ...copyFilesScript(scratch.tree, keepFiles),
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

/** As root: gives the sandbox a separate user id, computed from this process's id, which is unique while it runs. */
function assignUser({ slotUids }: LaunchOptions): string[] {
  if (slotUids === null) return ['as='];
  const { first, count } = slotUids;
  return [
    `uid=$((${first} + $$ % ${count}))`,
    'as="setpriv --reuid=$uid --regid=$uid --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs"',
  ];
}

/**
 * Starts bubblewrap with an empty environment, because a command can read the environment of its init process. The
 * output goes through a pipe that the command's user created, so that the command can open `/dev/stdout`. Node's
 * stdout is a socket, which cannot be opened.
 */
function startBubblewrap(launch: LaunchOptions): string {
  const { programs, before, command, isServer } = launch;
  const inner = [
    ...[
      programs.bwrap,
      '--args',
      String(DESCRIPTOR.arguments),
      '--',
      ...before,
      programs.prlimit,
      ...resourceLimits(launch),
    ],
    ...['/bin/sh', '-c', command],
  ];
  const status = DESCRIPTOR.status;
  const merged = isServer ? '' : '2>&1 ';
  const piped = `{ env -i "$@" ${merged}${EXIT_CODE_DESCRIPTOR}>&-; echo $? >&${EXIT_CODE_DESCRIPTOR}; } | cat ${EXIT_CODE_DESCRIPTOR}>&- ${status}>&-`;
  const words = inner.map(shellQuote).join(' ');
  const input = isServer ? `<&${INPUT_DESCRIPTOR} ${INPUT_DESCRIPTOR}<&-` : '</dev/null';
  return `$as /bin/sh -c ${shellQuote(piped)} sh ${words} ${input} ${REPORT_DESCRIPTOR}>&- ${EXIT_CODE_DESCRIPTOR}<>code`;
}

/** The descriptor of the file with bubblewrap's exit code. Only the launch script has it open. */
const EXIT_CODE_DESCRIPTOR = 8;

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
