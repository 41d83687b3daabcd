import { Option, type Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { hasEnded } from '../../contract/run-status.js';
import { deleteRun, listTestedCommits, listRunBranches, type RunBranch } from '../../db/run-view.js';
import { deleteBranch } from '../../git/user/publish.js';
import { branchTip, headCommit, isAncestor } from '../../git/user/user-branch.js';
import { removeOutputs } from '../../sandbox/output-files.js';
import { exists } from '../../shared/files/exists.js';
import { count, formatList } from '../../shared/words/format.js';
import { askYesNo, canAsk } from '../answer/ask.js';
import { forgetCheckouts } from '../answer/checkouts.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult, say, warn } from '../print/output.js';
import { checkRunName, findRunId } from '../requested-run.js';
import { withReader, type Reader } from '../session/session.js';
import { withStore } from '../session/with-store.js';

interface CleanOptions extends JsonOption {
  readonly allFinished?: boolean;
  readonly mergedBranches?: boolean;
  readonly yes?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .addOption(new Option('--all-finished', 'delete all runs that have ended'))
    .option('--merged-branches', 'also delete their branches that are merged into the HEAD of the repository')
    .option('--yes', 'do not ask (nobody is asked without a terminal, or with --json)')
    .action((run: string | undefined, options: CleanOptions) => act((env) => clean(env, run, options)));
  addExamples(command, 'leadwright clean shop-k3x9pq', 'leadwright clean --all-finished --merged-branches');
}

async function clean(env: Environment, run: string | undefined, options: CleanOptions): Promise<ExitCode> {
  if ((run === undefined) === (options.allFinished !== true))
    throw new UsageError('Name one run, or give --all-finished');
  if (run !== undefined) checkRunName(run);
  const asks = options.yes !== true && options.json !== true && canAsk();
  return withReader(env, async (reader) => {
    const listed = await runsToClean(reader, run);
    const question = `Delete ${describe(listed.map(({ id }) => id))} with all records?`;
    if (asks && listed.length > 0 && !(await askYesNo(question))) {
      say('Nothing was deleted.');
      return EXIT.unfinished;
    }
    const runs: RunBranch[] = [];
    for (const each of listed) {
      // It may have been resumed while a person thought about the question.
      const tested = await listTestedCommits(reader.db, each.id);
      if (await deleteRun(reader.db, each.id)) {
        runs.push(each);
        const outputs = tested.map((test) => ({ ...test, runId: each.id }));
        await removeOutputs(reader.paths.outputs, outputs);
        await forgetCheckouts(reader.paths, each.id);
      } else warn(`The run ${each.id} goes on again, and was not deleted.`);
    }
    const ids = runs.map(({ id }) => id);
    const merged = await deleteMerged(runs, options.mergedBranches === true, asks);
    if (ids.length > 0) await withStore(reader.paths, (store) => store.maintain());
    const result = {
      ...(run === undefined ? { cleaned: ids } : { runId: listed[0]?.id, cleaned: ids.length > 0 }),
      ...(options.mergedBranches === true ? { deletedBranches: merged } : {}),
    };
    return printResult(options, result, () => {
      if (ids.length > 0) print(`Deleted ${describe(ids)}.`);
      else if (listed.length === 0) print('No run has ended.');
      for (const { branch, repository } of runs) {
        print(
          merged.includes(branch)
            ? `Deleted the merged branch ${branch} in ${repository}.`
            : `The branch ${branch} in ${repository} is yours and stays.`,
        );
      }
    });
  });
}

/** @throws UsageError when the named run has not ended */
async function runsToClean(reader: Reader, run: string | undefined): Promise<readonly RunBranch[]> {
  const all = await listRunBranches(reader.db);
  if (run === undefined) return all.filter(({ status }) => hasEnded(status));
  const id = await findRunId(reader, run);
  const found = all.filter((each) => each.id === id);
  for (const { status } of found) {
    if (hasEnded(status)) continue;
    throw new UsageError(
      `The run ${id} is ${status}, and only a run that has ended can be deleted. Cancel it first:  leadwright cancel ${id}`,
    );
  }
  return found;
}

/** Deletes the branches that are merged, if a person wants that. Returns the deleted ones. */
async function deleteMerged(runs: readonly RunBranch[], wanted: boolean, asks: boolean): Promise<string[]> {
  if (!wanted && !asks) return [];
  const merged = [];
  for (const run of runs) {
    const home = { root: run.repository, gitDir: run.gitFolder };
    if (!(await exists(run.gitFolder))) continue;
    const [tip, head] = await Promise.all([branchTip(home, run.branch), headCommit(home)]);
    if (tip !== null && head !== null && (await isAncestor(home, tip, head)))
      merged.push({ ...run, home, tip });
  }
  if (merged.length === 0) return [];
  const names = merged.map(({ branch }) => branch);
  const question = `Also delete ${count(names.length, 'branch', 'branches')} of your repository that ${names.length === 1 ? 'is' : 'are'} merged: ${formatList(names)}?`;
  if (!wanted && !(await askYesNo(question))) return [];
  const deleted: string[] = [];
  for (const { home, branch, tip } of merged) if (await deleteBranch(home, branch, tip)) deleted.push(branch);
  return deleted;
}

function describe(ids: readonly RunId[]): string {
  return ids.length === 1 ? `the run ${formatList(ids)}` : `${ids.length} runs (${formatList(ids)})`;
}
