/**
 * The shell script that prepares a sandbox's files in a mount namespace of its own and then starts bubblewrap.
 * Nothing that it mounts is seen outside, and all of it is gone with its last process. Pure.
 */
import { DESCRIPTOR, GENERATED_FILES, WRITABLE_MOUNTS } from './bubblewrap-arguments.js';
import { mountAfterFiles, mountBeforeFiles } from '../setup-cache/layer-mount.js';
import type { Limits } from '../limits/command-limits.js';
import type { ScratchFolder } from '../scratch-folder.js';
import { shellQuote } from '../../shared/shell.js';
import { TAR_OPTIONS } from './unpack.js';
import { WATCHER } from '../limits/watch.js';

/** The user numbers that a process of root's may take for a sandbox, one for each that runs. */
export interface SlotUids {
  readonly first: number;
  readonly count: number;
}

export interface LaunchOptions {
  readonly programs: { readonly bwrap: string; readonly prlimit: string };
  readonly scratch: Pick<ScratchFolder, 'root' | 'tree' | 'home'>;
  /** Null for an ordinary user, whose number the command has in a user namespace. */
  readonly slotUids: SlotUids | null;
  readonly limits: Limits;
  /** How long it may run. */
  readonly timeoutMs: number;
  /** The files that a process writes its number into to join the control group; none where there is no group. */
  readonly cgroupEntries: readonly string[];
  /** Folders on the machine, shown as `toolChainStage(n)`. */
  readonly toolChains: readonly string[];
  /** A set-up's result, laid under the commit's files. */
  readonly layer: string | null;
  /** Whether tree and home are copied into the place when the command is done. */
  readonly keep: boolean;
  readonly command: string;
}

/**
 * Where the sandbox's file system is while bubblewrap looks for it: a folder that every user can reach and
 * every system has. What it hides in this namespace is not needed any more by then.
 */
export const STAGE = '/tmp';

/** Where the launcher reports: READY, and then the blocks and files that were left free by a command that failed. */
export const REPORT_DESCRIPTOR = 7;
export const READY_LINE = 'ready';

/** A tool chain as bubblewrap reaches it, whoever owns the folders above it. */
export const toolChainMountPoint = (index: number): string => `${STAGE}/tool-chain-${index}`;

/**
 * What is run first: a leash on the process group, then a mount namespace, and in it the script `$1`. As an
 * ordinary user it takes a user namespace to get one.
 */
export function buildOuterScript(slotUids: SlotUids | null): string {
  const namespaces = slotUids === null ? '--user --map-root-user --mount' : '--mount';
  const others = [DESCRIPTOR.arguments, DESCRIPTOR.status, DESCRIPTOR.filter, REPORT_DESCRIPTOR];
  const closed = others.map((descriptor) => `${descriptor}<&-`).join(' ');
  return `${WATCHER} ${closed} &
exec unshare ${namespaces} --propagation private -- /bin/sh -c "$1" sh 3<&-`;
}

/** The script for one command, which reads the commit's archive on its standard input. */
export function buildLaunchScript(launch: LaunchOptions): string {
  const { scratch, limits, toolChains, layer, keep } = launch;
  // Beside the folders that a kept result goes to.
  const stage = shellQuote(`${scratch.root}/tmp`);
  const size = `size=${limits.diskBytes},nr_inodes=${limits.files},mode=0755,nosuid,nodev`;
  const parts = Object.keys(WRITABLE_MOUNTS).join(' ');
  const points = toolChains.map((_, index) => ` tool-chain-${index}`).join('');
  return [
    'set -eu; umask 022',
    // First, so that the files count as well.
    ...launch.cgroupEntries.map((entry) => `echo $$ >${shellQuote(entry)}`),
    ...assignUser(launch),
    `mount -t tmpfs -o ${size} sandbox ${stage}`,
    `cd ${stage}; mkdir ${parts}${points}`,
    ...Object.entries(GENERATED_FILES).map(([name, text]) => `printf %s ${shellQuote(text)} >${name}`),
    ...toolChains.map((folder, index) => `mount --rbind ${shellQuote(folder)} tool-chain-${index}`),
    ...(launch.slotUids === null ? [] : [`chown "$uid:$uid" ${parts}`]),
    ...mountBeforeFiles(layer, launch.slotUids !== null),
    `mount --rbind . ${STAGE}; cd ${STAGE}`,
    `$as tar -C $into ${TAR_OPTIONS.join(' ')}`,
    ...mountAfterFiles(layer),
    `echo ${READY_LINE} >&${REPORT_DESCRIPTOR}`,
    // Written over later, when there may be no room left for a new one.
    'echo 255 >code',
    startBubblewrap(launch),
    // The shell's own number of a pipe's end would be that of its last part.
    'read -r code <code',
    `[ $code -eq 0 ] || stat -f -c '%a %d' ${STAGE} >&${REPORT_DESCRIPTOR}`,
    ...(keep ? copyKeptFiles(scratch) : []),
    'exit $code',
  ].join('\n');
}

/** As root: a user of the sandbox's own, found by the number of this process, which no other has meanwhile. */
function assignUser({ slotUids }: LaunchOptions): string[] {
  if (slotUids === null) return ['as='];
  const { first, count } = slotUids;
  return [
    `uid=$((${first} + $$ % ${count}))`,
    'as="setpriv --reuid=$uid --regid=$uid --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs"',
  ];
}

/**
 * bubblewrap with an empty environment: a command can read that of its first process. Its output goes through
 * a pipe made by the command's own user, who may open it again (`/dev/stdout`), which a socket does not allow.
 */
function startBubblewrap(launch: LaunchOptions): string {
  const { programs, command } = launch;
  const inner = [
    ...[
      programs.bwrap,
      '--args',
      String(DESCRIPTOR.arguments),
      '--',
      programs.prlimit,
      ...resourceLimits(launch),
    ],
    ...['/bin/sh', '-c', command],
  ];
  const status = DESCRIPTOR.status;
  const piped = `{ env -i "$@" 2>&1 ${EXIT_CODE_DESCRIPTOR}>&-; echo $? >&${EXIT_CODE_DESCRIPTOR}; } | cat ${EXIT_CODE_DESCRIPTOR}>&- ${status}>&-`;
  const words = inner.map(shellQuote).join(' ');
  return `$as /bin/sh -c ${shellQuote(piped)} sh ${words} </dev/null ${REPORT_DESCRIPTOR}>&- ${EXIT_CODE_DESCRIPTOR}<>code`;
}

/** Holds bubblewrap's exit code, for the launcher alone. */
const EXIT_CODE_DESCRIPTOR = 8;

/** What the kernel limits for each process. They are set inside: outside they would count this user's others. */
function resourceLimits({ limits, timeoutMs, cgroupEntries }: LaunchOptions): string[] {
  const seconds = Math.ceil((timeoutMs * limits.processors) / 1000);
  return [
    `--nproc=${limits.processes}`,
    `--nofile=${limits.openFiles}`,
    `--cpu=${seconds}`,
    '--core=0',
    // Where all of them together cannot be limited, each is.
    ...(cgroupEntries.length > 0 ? [] : [`--data=${limits.memoryBytes}`]),
  ];
}

/**
 * Out of the namespace onto the disk, after the last process of the command: its links are copied as links.
 * Set-user-id bits, which would be root's there, are not kept.
 */
function copyKeptFiles({ root, tree, home }: LaunchOptions['scratch']): string[] {
  const copy = 'cp -R --preserve=mode,timestamps,links';
  return [
    // The stage may hide the place.
    `cd /; umount -R -l ${STAGE}`,
    `if [ $code -eq 0 ]; then`,
    `${copy} ${shellQuote(`${root}/tmp/tree/.`)} ${shellQuote(tree)}; ${copy} ${shellQuote(`${root}/tmp/home/.`)} ${shellQuote(home)}`,
    // Another user's tests write over it, each in an overlay of its own; the folder above is for nobody else.
    `chmod -R ug-s,a+rwX ${shellQuote(tree)} ${shellQuote(home)}`,
    'fi',
  ];
}
