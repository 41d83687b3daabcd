import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import type { ExitCode } from '../../contract/errors.js';
import { readRunStop } from '../../db/run-stop.js';
import { listRuns } from '../../db/run-view.js';
import { paint, styled } from '../../shared/terminal-text.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult, warn } from '../output.js';
import { printStop, printSummary } from '../print-run.js';
import { checkRunName, findRunId, requireRun } from '../requested-run.js';
import { withReader, type Reader } from '../session.js';
import { runningWarnings } from '../running-warnings.js';
import { retryWhileUnavailable } from '../retry-while-unavailable.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string | undefined, options: JsonOption) =>
    act((env) => status(env, run, options)),
  );
}

async function status(env: Environment, run: string | undefined, options: JsonOption): Promise<ExitCode> {
  if (run !== undefined) checkRunName(run);
  return retryWhileUnavailable(() =>
    withReader(env, async (reader) => {
      if (run === undefined) return listAll(reader, options);
      const id = await findRunId(reader, run);
      const view = await requireRun(reader, id);
      (await runningWarnings(reader, [view])).forEach(warn);
      return printResult(options, view, async () => {
        await printSummary(reader, view);
        printStop(await readRunStop(reader.db, id));
      });
    }),
  );
}

async function listAll(reader: Reader, options: JsonOption): Promise<ExitCode> {
  const runs = await listRuns(reader.db);
  (await runningWarnings(reader, runs)).forEach(warn);
  return printResult(options, runs, () => {
    if (runs.length === 0) print('No runs yet. Start the built-in example with:  leadwright run');
    for (const { startedAt, status, runId, name } of runs)
      print(styled`${startedAt}  ${status.padEnd(9)}  ${paint.bold(runId)}  ${name}`);
  });
}
