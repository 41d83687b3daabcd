/** Runs a command on a scratch copy of a commit's files and returns the verdict. */
import type { Environment } from '../shared/config.js';
import type { CommitSha } from '../contract/ids.js';
import { inSpan } from '../tracing/spans.js';
import { OUTPUT_LIMIT_BYTES, type CommandResult } from '../results/command-result.js';
import { createCommandEnvironment } from './command-environment.js';
import { replaceFolderPaths } from '../results/neutral-output.js';
import { readKeptFiles, type KeptFile } from './kept-files.js';
import { nameScratchFolder, removeScratchFolder, type ScratchFolder } from './scratch-folder.js';
import type { AttachServer, Runner } from './runners/runner.js';
import { withLayer } from './setup-cache/setup-layer.js';
import type { TreeSource } from './tree-source.js';
import { testVerdictOf, verdictOf, type Verdict } from '../results/verdict.js';

/** The plan's `setup`, and where its layers are stored. */
export interface Setup {
  readonly command: string;
  readonly layersFolder: string;
  /** The owner of the layers, such as the repository's path. Different scopes never share a layer. */
  readonly scope: string;
  /** Whether the set-up command may use the network. */
  readonly network: boolean;
  readonly timeoutMs: number;
  /** Disk space for all layers; LAYERS_BYTES by default. */
  readonly limitBytes?: number;
}

export interface CommitRunRequest {
  readonly runner: Runner;
  readonly source: TreeSource;
  readonly commit: CommitSha;
  /** The folder in which scratch folders are created. */
  readonly treesFolder: string;
  readonly setup: Setup | null;
  readonly command: string;
  /** This process's environment, and the plan's `env`. */
  readonly environment: { readonly host: Environment; readonly allow: readonly string[] };
  /** The names of the variables that the command gets; those of `environment` by default, which the set-up gets. */
  readonly commandVariables?: readonly string[];
  readonly timeoutMs: number;
  /** Files to return as the command leaves them; none by default. Their paths are valid. */
  readonly keepFiles?: readonly string[];
  /** Receives the command's output while it runs, with the paths that the command sees. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
  /** For a command that is a server (`RunRequest.attach`). */
  readonly attach?: AttachServer | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CommitRun {
  /** The command that gave the result: when the set-up fails, the command itself does not run. */
  readonly stage: 'setup' | 'command';
  readonly command: string;
  /** Its output names the scratch folders as `.`, `~` and `$TMPDIR`, so it does not depend on where it ran. */
  readonly result: CommandResult;
  readonly verdict: Verdict;
  /** The files of `keepFiles` that are there after a command that exited by itself. */
  readonly kept: readonly KeptFile[];
}

/**
 * Runs the set-up, if any, and then a command on a commit's files. In every case the scratch folder is removed and
 * all processes are killed.
 * @throws the signal's reason when it is aborted; EnvironmentError when a folder or process cannot be created
 */
export async function runOnCommit(request: CommitRunRequest): Promise<CommitRun> {
  request.signal?.throwIfAborted();
  if (request.setup === null) return runTraced(request, null);
  return withLayer({ ...request, ...request.setup }, async (outcome) =>
    outcome.ok
      ? runTraced(request, outcome.layer)
      : createCommitRun(request, 'setup', outcome.result, outcome.scratch),
  );
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
  const { runner, source, commit, command, environment, timeoutMs, signal, attach, keepFiles = [] } = request;
  const { commandVariables = environment.allow } = request;
  const scratch = await nameScratchFolder(request.treesFolder);
  try {
    const result = await runner.run({
      source,
      commit,
      layer,
      command,
      scratch,
      env: createCommandEnvironment(environment.host, commandVariables, runner.visibleFolders(scratch)),
      network: false,
      keep: false,
      keepFiles,
      timeoutMs,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
      attach:
        attach === undefined
          ? undefined
          : (streams) => attach({ ...streams, folders: [scratch, runner.visibleFolders(scratch)] }),
      signal,
      onOutput: request.onOutput,
    });
    signal?.throwIfAborted();
    const kept = result.ended === 'exited' ? await readKeptFiles(scratch.tree, keepFiles) : [];
    return { ...createCommitRun(request, 'command', result, scratch), kept };
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
    verdict: stage === 'setup' ? verdictOf(neutral) : testVerdictOf(neutral, command),
    kept: [],
  };
}
