import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ExitCode } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import { quoteIfNeeded } from '../../shared/process/shell.js';
import { listOpenBlockers } from '../../db/blockers.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { recordCheckout } from '../answer/checkouts.js';
import { print, printResult } from '../print/output.js';
import { parseTaskId, withRun } from '../requested-run.js';
import { withNewestCommit } from '../task-commit.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, task: string, folder: string, options: JsonOption) =>
    act((env) => checkout(env, run, task, resolve(folder), options)),
  );
  addExamples(command, 'leadwright checkout shop-k3x9pq cart ../cart-fix');
}

async function checkout(
  env: Environment,
  run: string,
  task: string,
  folder: string,
  options: JsonOption,
): Promise<ExitCode> {
  const taskId = parseTaskId(task);
  return withRun(env, run, async (id, reader) => {
    const { commit } = await withNewestCommit(reader, id, taskId, async (found) => {
      const config = {
        'leadwright.run': id,
        'leadwright.task': taskId,
        // So that a person can push a branch to the repository of the run.
        'remote.origin.url': found.run.repository,
        'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
      };
      await found.store.checkOut(found.commit, folder, { config });
      return found;
    });
    await recordCheckout(reader.paths, { folder, runId: id, taskId });
    const open = await listOpenBlockers(reader.db, id);
    const blocker = open.find((each) => each.taskId === taskId)?.id ?? null;
    return printResult(options, { runId: id, taskId, commit, folder, blocker }, () => {
      print(`Wrote the files of ${taskId} (commit ${commit}) into ${folder}, a git repository of its own.`);
      if (blocker === null) return;
      print('Hand in your own work in its place:');
      print(
        `  cd ${quoteIfNeeded(folder)} && git add -A && git commit && leadwright answer ${blocker} --commit HEAD`,
      );
    });
  });
}
