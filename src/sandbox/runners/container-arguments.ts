/** Builds the arguments with which Docker or Podman runs a command in a container. Pure. */
import { SANDBOX_FOLDERS, SANDBOX_UID } from './bubblewrap-arguments.js';
import type { Limits } from '../limits/command-limits.js';
import { copyFilesScript } from '../kept-files.js';
import type { ScratchFolder } from '../scratch-folder.js';
import { shellQuote } from '../../shared/process/shell.js';
import { TAR_OPTIONS } from './unpack.js';

export interface ContainerRun {
  readonly image: string;
  /** Unique; used to kill the container. */
  readonly name: string;
  readonly limits: Limits;
  readonly timeoutMs: number;
  /** Names only: the engine takes the values from its own environment, so that `ps` does not show them. */
  readonly variables: readonly string[];
  readonly network: boolean;
  readonly layer: string | null;
  readonly keep: boolean;
  readonly keepFiles: readonly string[];
  readonly scratch: Pick<ScratchFolder, 'tree' | 'home'>;
  readonly command: string;
}

/** Builds the arguments after `docker`. The container reads the commit's archive from its standard input. */
export function buildContainerArguments(run: ContainerRun): string[] {
  const { limits, variables, network, layer, keep, keepFiles, scratch } = run;
  const user = `${SANDBOX_UID}:${SANDBOX_UID}`;
  const quota = `size=${limits.diskBytes},nr_inodes=${limits.files},uid=${SANDBOX_UID},gid=${SANDBOX_UID},exec`;
  return [
    ...['run', '--rm', '--interactive', '--init', '--pull', 'never', '--name', run.name],
    ...['--user', user, '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--network', network ? 'bridge' : 'none', '--ipc', 'private', '--hostname', 'sandbox'],
    // One file system for all writable folders, so that they share one quota. It uses memory, which counts as such.
    ...['--read-only', '--tmpfs', `/sandbox:${quota}`],
    ...['--memory', String(limits.memoryBytes), '--memory-swap', String(limits.memoryBytes)],
    ...[
      '--pids-limit',
      String(limits.processes),
      '--ulimit',
      `nofile=${limits.openFiles}`,
      '--ulimit',
      'core=0',
    ],
    ...['--ulimit', `cpu=${Math.ceil((run.timeoutMs * limits.processors) / 1000)}`],
    ...(layer === null ? [] : ['--mount', `type=bind,source=${layer},target=/layer,readonly`]),
    ...(keep || keepFiles.length > 0
      ? ['--mount', `type=bind,source=${scratch.tree},target=/kept/tree`]
      : []),
    ...(keep ? ['--mount', `type=bind,source=${scratch.home},target=/kept/home`] : []),
    ...variables.flatMap((name) => ['--env', name]),
    ...['--entrypoint', '/bin/sh', run.image, '-c', buildScript(run)],
  ];
}

function buildScript({ layer, keep, keepFiles, command }: ContainerRun): string {
  return [
    `set -eu; exec 2>&1; mkdir ${SANDBOX_FOLDERS.tree} ${SANDBOX_FOLDERS.home} ${SANDBOX_FOLDERS.tmp}; cd ${SANDBOX_FOLDERS.tree}`,
    ...(layer === null ? [] : [`cp -R /layer/tree/. . ; cp -R /layer/home/. ${SANDBOX_FOLDERS.home}`]),
    `tar ${TAR_OPTIONS.join(' ')}`,
    `code=0; /bin/sh -c ${shellQuote(command)} </dev/null || code=$?`,
    ...(keep
      ? [`if [ $code -eq 0 ]; then cp -R . /kept/tree; cp -R ${SANDBOX_FOLDERS.home}/. /kept/home; fi`]
      : []),
    // The container's user may be unable to read a file, which is then missing.
    ...(keepFiles.length === 0 ? [] : ['{', ...copyFilesScript('/kept/tree', keepFiles), '} || :']),
    'exit $code',
  ].join('\n');
}
