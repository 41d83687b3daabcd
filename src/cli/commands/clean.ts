import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { UsageError, type ExitCode } from '../../contract/errors.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult } from '../output.js';
import { requireRun, withRun } from '../requested-run.js';
import { withStore } from '../with-store.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) => act((env) => clean(env, run, options)));
}

async function clean(env: Environment, run: string, options: JsonOption): Promise<ExitCode> {
  return withRun(env, run, async (id, reader) => {
    const { status, branch, repo } = await requireRun(reader, id);
    if (status !== 'completed' && status !== 'failed' && status !== 'cancelled') {
      throw new UsageError(
        `The run ${id} is ${status}, and only a run that has ended can be deleted. Cancel it first:  leadwright cancel ${id}`,
      );
    }
    await reader.db.prisma.run.delete({ where: { id } });
    await withStore(reader.paths, (store) => store.maintain());
    return printResult(options, { runId: id, cleaned: true }, () =>
      print(`Deleted the run ${id}. The branch ${branch} in ${repo} is yours and stays.`),
    );
  });
}
