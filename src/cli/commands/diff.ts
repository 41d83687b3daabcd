import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import type { RunView } from '../../contract/run-view.js';
import { EnvironmentError, type ExitCode } from '../../contract/errors.js';
import { UnknownCommitError } from '../../git/process/git-errors.js';
import type { GitStore } from '../../git/store/git-store.js';
import { taskRange, type Range } from '../../runs/report/run-diff.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printResult, say } from '../output.js';
import { parseRunId, parseTaskId, requireRun } from '../requested-run.js';
import { withSession } from '../session.js';
import { withStore } from '../with-store.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, task: string | undefined, options: JsonOption) =>
    act((env) => diff(env, run, task, options)),
  );
}

async function diff(
  env: Environment,
  run: string,
  task: string | undefined,
  options: JsonOption,
): Promise<ExitCode> {
  const id = parseRunId(run);
  const taskId = task === undefined ? null : parseTaskId(task);
  return withSession(env, 'none', async (session) => {
    const view = await requireRun(session, id);
    return withStore(session.paths, async (store) => {
      const range =
        taskId === null
          ? { from: view.base, to: view.commit }
          : await taskRange(session.db, store, { runId: id, taskId });
      const text = range === null ? '' : await patch(store, range);
      return printResult(options, { runId: id, taskId, ...(range ?? {}), diff: text }, () => {
        if (text === '') say('Nothing was changed.');
        else process.stdout.write(text);
      });
    }).catch((error: unknown) => {
      throw error instanceof UnknownCommitError ? missingCommit(view, error) : error;
    });
  });
}

/** @throws UnknownCommitError for a commit that the store does not have: git's own message would be obscure */
async function patch(store: GitStore, { from, to }: Range): Promise<string> {
  for (const commit of [from, to]) if (!(await store.has(commit))) throw new UnknownCommitError(commit);
  return store.diff(from, to);
}

function missingCommit({ runId, repo }: RunView, error: UnknownCommitError): EnvironmentError {
  return new EnvironmentError(
    `The changes of the run ${runId} cannot be shown: ${error.message}`,
    `Restore the landed commits from ${repo} with:  leadwright doctor --repair`,
    { cause: error },
  );
}
