/** A commit in, a verdict out: the command runs on a throw-away copy of the commit's files. */
import type { Environment } from '../shared/config.js';
import type { CommitSha } from '../contract/ids.js';
import { inSpan } from '../tracing/spans.js';
import { OUTPUT_LIMIT_BYTES, type CommandResult } from '../results/command-result.js';
import { createCommandEnvironment } from './command-environment.js';
import { replaceFolderPaths } from '../results/neutral-output.js';
import { createScratchFolder, removeScratchFolder, type ScratchFolder } from './scratch-folder.js';
import type { Runner } from './runners/runner.js';
import { withLayer } from './setup-cache/setup-layer.js';
import type { TreeSource } from './tree-source.js';
import { testVerdictOf, verdictOf, type Verdict } from '../results/verdict.js';

/** The plan's `setup`, and where its results are kept. */
export interface Setup {
  readonly command: string;
  readonly layersFolder: string;
  /** Whose layers these are, such as the repository's path: no two share one. */
  readonly scope: string;
  /** Whether it may reach the network. */
  readonly network: boolean;
  readonly timeoutMs: number;
  /** What the layers may take on the disk, if not as much as usual. */
  readonly limitBytes?: number;
}

export interface CommitRunRequest {
  readonly runner: Runner;
  readonly source: TreeSource;
  readonly commit: CommitSha;
  /** Throw-away folders are made here. */
  readonly treesFolder: string;
  readonly setup: Setup | null;
  readonly command: string;
  /** This process's environment, and the plan's `env`. */
  readonly environment: { readonly host: Environment; readonly allow: readonly string[] };
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called every two seconds until the end. */
  readonly heartbeat?: (() => void) | undefined;
}

export interface CommitRun {
  /** Which command the result is of: when the set-up fails, the other one does not run. */
  readonly stage: 'setup' | 'command';
  readonly command: string;
  /** Its output names the throw-away folders as `.`, `~` and `$TMPDIR`, and is the same wherever it ran. */
  readonly result: CommandResult;
  readonly verdict: Verdict;
}

/** Heartbeat timeouts are ten seconds or more: five beats fit, so that a late one costs nothing. */
const HEARTBEAT_MS = 2000;

/**
 * Runs a command on a commit's files, after the set-up where there is one. The folder is removed, and
 * everything that was started is ended, however it ends.
 * @throws the signal's reason when it is aborted; EnvironmentError when the folder or a process cannot be had
 */
export async function runOnCommit(request: CommitRunRequest): Promise<CommitRun> {
  const { heartbeat } = request;
  const heartbeatTimer = heartbeat === undefined ? null : setInterval(heartbeat, HEARTBEAT_MS);
  try {
    request.signal?.throwIfAborted();
    if (request.setup === null) return await runTraced(request, null);
    return await withLayer({ ...request, ...request.setup }, async (outcome) =>
      outcome.ok
        ? await runTraced(request, outcome.layer)
        : createCommitRun(request, 'setup', outcome.result, outcome.scratch),
    );
  } finally {
    if (heartbeatTimer !== null) clearInterval(heartbeatTimer);
  }
}

function runTraced(request: CommitRunRequest, layer: string | null): Promise<CommitRun> {
  const span = {
    name: 'sandbox test',
    isRequest: false,
    attributes: { 'leadwright.commit': request.commit },
  };
  return inSpan(span, async (setAttributes) => {
    const done = await runInScratchFolder(request, layer);
    setAttributes({
      'leadwright.passed': done.verdict.passed,
      'leadwright.exit_code': done.result.exitCode ?? -1,
    });
    return done;
  });
}

async function runInScratchFolder(request: CommitRunRequest, layer: string | null): Promise<CommitRun> {
  const { runner, source, commit, command, environment, timeoutMs, signal } = request;
  const scratch = await createScratchFolder(request.treesFolder);
  try {
    const result = await runner.run({
      source,
      commit,
      layer,
      command,
      scratch,
      env: createCommandEnvironment(environment.host, environment.allow, runner.visibleFolders(scratch)),
      network: false,
      keep: false,
      timeoutMs,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
      signal,
    });
    signal?.throwIfAborted();
    return createCommitRun(request, 'command', result, scratch);
  } finally {
    await removeScratchFolder(scratch);
  }
}

function createCommitRun(
  { runner, setup, command }: CommitRunRequest,
  stage: CommitRun['stage'],
  result: CommandResult,
  scratch: ScratchFolder,
): CommitRun {
  const neutral = {
    ...result,
    output: replaceFolderPaths(result.output, [scratch, runner.visibleFolders(scratch)]),
  };
  return {
    stage,
    command: stage === 'setup' && setup !== null ? setup.command : command,
    result: neutral,
    verdict: stage === 'setup' ? verdictOf(neutral) : testVerdictOf(neutral),
  };
}
