/** Commands that an agent runs on its draft. */
import { commitDraft, describeRefused } from '../../agent/changes/change-draft.js';
import type { CommandChange, CommandRequest, RunCommand } from '../../agent/answer/carry-out-calls.js';
import { checkWrittenFiles, findKnownBlobs, type ChangeContext } from '../../agent/changes/check-changes.js';
import type { RefusedFile } from '../../agent/changes/resolve-changes.js';
import { EXIT_CODE } from '../../model/result-markers.js';
import { headAndTail, RECORDED_CHARS } from '../../results/head-and-tail.js';
import { asTerminalText } from '../../results/neutral-output.js';
import { findFailures } from '../../results/test-summary.js';
import { KEPT_BYTES, KEPT_FILE_BYTES } from '../../sandbox/kept-files.js';
import { runOnCommit, type CommitRun } from '../../sandbox/run-on-commit.js';
import { count, formatList } from '../../shared/words/format.js';
import { material } from '../../shared/words/material.js';
import type { ActivityContext } from './activity-context.js';
import { setupOf } from './judge-commit.js';

/** Characters of output in a result, about 2,500 tokens, which every later turn sends again. */
const SHOWN_CHARS = 8_000;

/** Creates the function that runs the commands of an answer. @param signal stops them */
export function commandRunner(context: ActivityContext, signal: AbortSignal): RunCommand {
  return async (draft, request) => {
    const { max } = draft.task.run.plan.commands;
    if (request.before >= max) {
      const text = `Not run: the plan allows ${count(max, 'command')} in a task, and they are used up.`;
      return { draft: draft.draft, known: [], knownBlobs: [], text, isError: true, refused: null };
    }
    return runOnDraft(context, draft, request, signal);
  };
}

async function runOnDraft(
  context: ActivityContext,
  draft: ChangeContext,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandChange> {
  const { run } = draft.task;
  const { command } = request;
  const limitMs = run.plan.commands.timeoutMs;
  const timeoutMs = Math.min(request.timeoutMs ?? limitMs, limitMs);
  const done = await runOnCommit({
    runner: context.runner,
    source: context.store,
    commit: draft.draft,
    treesFolder: context.paths.trees,
    setup: setupOf(context, run),
    command,
    environment: { host: context.env, allow: run.plan.env },
    timeoutMs,
    keepFiles: request.keep,
    signal,
  });
  const { result } = done;
  const { accepted, refused } = await checkWrittenFiles(draft, done.kept);
  const changes = accepted.flatMap((file) => file.changes);
  const paths = accepted.map(({ file }) => file.path);
  const notKept = [...refused, ...missing(request.keep, done)];
  // Colour codes first: they could split a secret.
  const output = draft.redactor.redact(asTerminalText(result.output));
  const after = await commitDraft(draft.store, draft.draft, changes, request.at);
  return {
    draft: after,
    known: paths,
    knownBlobs: await findKnownBlobs(
      draft,
      after,
      accepted.map(({ file }) => file),
    ),
    text: [
      describeEnd(done, timeoutMs),
      ...describeKept(request.keep, paths, notKept),
      ...describeOutput(output, result.exitCode !== 0, request.outputId),
    ].join('\n'),
    isError: notKept.length > 0,
    refused: refused[0] ?? null,
    command: {
      ...{
        command,
        exitCode: done.stage === 'setup' ? null : result.exitCode,
        ms: Math.round(result.ms),
        kept: paths,
      },
      output: headAndTail(output, RECORDED_CHARS),
    },
  };
}

function describeEnd({ stage, command, result }: CommitRun, timeoutMs: number): string {
  if (stage === 'setup') return `The set-up (${command}) failed, so the command did not run.`;
  switch (result.ended) {
    case 'exited':
      return result.exitCode === null
        ? `Killed by ${result.signal ?? 'a signal'}.`
        : `${EXIT_CODE} ${result.exitCode}.`;
    case 'timeout':
      return `Killed: it was still running after ${timeoutMs / 1_000} s.`;
    case 'cancelled':
      return 'Killed: the run was cancelled.';
    case 'output':
      return 'Killed: it printed too much.';
    case 'network':
      return 'Killed: its connections failed again and again.';
    case 'memory':
    case 'processor':
    case 'disk':
      return `Killed: it used more ${LIMITS[result.ended]} than the sandbox allows.`;
  }
}

const LIMITS = { memory: 'memory', processor: 'processor time', disk: 'disk space' } as const;

function megabytes(bytes: number): string {
  return `${bytes / 1024 ** 2} MB`;
}

/** The files to keep that the command did not leave. */
function missing(keep: readonly string[], { kept }: CommitRun): RefusedFile[] {
  const there = new Set(kept.map(({ path }) => path));
  const reason = `it is not there after the command, or no regular file, or too large (a file may have ${megabytes(KEPT_FILE_BYTES)}, and all files of a command ${megabytes(KEPT_BYTES)})`;
  return keep.filter((path) => !there.has(path)).map((path) => ({ path, reason }));
}

function describeKept(
  keep: readonly string[],
  kept: readonly string[],
  refused: readonly RefusedFile[],
): string[] {
  if (keep.length === 0) return [];
  return [
    ...(kept.length === 0 ? [] : [`Kept ${formatList(kept, kept.length)}.`]),
    ...describeRefused(refused),
  ];
}

function describeOutput(output: string, failed: boolean, id: string): string[] {
  if (output.trim() === '') return ['It printed nothing.'];
  if (output.length <= SHOWN_CHARS) return ['', material(output)];
  // The first failures of a long run are in its middle.
  const failures = failed ? findFailures(output, SHOWN_CHARS) : null;
  const what = failures === null ? 'The output is shortened' : 'Of the output, the failures are shown';
  return [
    `${what}: read_output with the id ${id} shows all of it.`,
    '',
    material(failures ?? headAndTail(output, SHOWN_CHARS)),
  ];
}
