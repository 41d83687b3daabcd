import { Option, type Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { UnknownCommitError } from '../../git/process/git-errors.js';
import type { GitStore } from '../../git/store/git-store.js';
import { taskRange, type Range } from '../../runs/report/run-diff.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { printResult, say, terminalOf, writeExactly, writeText } from '../print/output.js';
import { parseTaskId, requireRun, requireTask, withRun } from '../requested-run.js';
import { missingCommit } from '../task-commit.js';
import { withStore } from '../session/with-store.js';

interface DiffOptions extends JsonOption {
  readonly raw?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .addOption(
      new Option('--raw', 'the exact patch for git apply; only into a file or a pipe').conflicts('json'),
    )
    .action((run: string, task: string | undefined, options: DiffOptions) =>
      act((env) => diff(env, run, task, options)),
    );
  addExamples(
    command,
    'leadwright diff shop-k3x9pq cart',
    'leadwright diff shop-k3x9pq --raw | git apply --index',
  );
}

async function diff(
  env: Environment,
  run: string,
  task: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const taskId = task === undefined ? null : parseTaskId(task);
  if (options.raw === true && terminalOf('stdout') !== null) {
    throw new UsageError(
      '--raw prints the exact patch, whose control characters could act on this terminal. Write it into a file or a pipe (leadwright diff RUN --raw > changes.patch), or leave out --raw: then they are made visible',
    );
  }
  return withRun(env, run, async (id, reader) => {
    const view = await requireRun(reader, id);
    if (taskId !== null) requireTask(view, taskId);
    return withStore(reader.paths, async (store) => {
      const range =
        taskId === null
          ? { from: view.base, to: view.commit }
          : await taskRange(reader.db, store, { runId: id, taskId });
      if (range !== null) await requireCommits(store, range);
      if (options.raw === true) {
        if (range !== null) writeExactly(await store.patch(range.from, range.to));
        return EXIT.completed;
      }
      const text = range === null ? '' : await store.diff(range.from, range.to);
      return printResult(options, { runId: id, taskId, ...(range ?? NO_RANGE), diff: text }, () => {
        if (text === '') say('Nothing was changed.');
        else writeText(text);
      });
    }).catch((error: unknown) => {
      throw error instanceof UnknownCommitError
        ? missingCommit(`The changes of the run ${view.runId}`, view.repo, error)
        : error;
    });
  });
}

/** Of a task that has no work yet. */
const NO_RANGE = { from: null, to: null };

/** @throws UnknownCommitError for a commit that the store does not have: git's own message would be obscure */
async function requireCommits(store: GitStore, { from, to }: Range): Promise<void> {
  for (const commit of [from, to]) if (!(await store.has(commit))) throw new UnknownCommitError(commit);
}
