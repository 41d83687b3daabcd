import { Option, type Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { UsageError, type ExitCode } from '../../contract/errors.js';
import type { RunStatus } from '../../contract/run-status.js';
import { runStatusSchema } from '../../contract/status-schemas.js';
import { listRuns } from '../../db/run-list.js';
import { RUN_ORDERS, selectRuns, type RunOrder } from '../../shared/run-list.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult, terminalOf, warn } from '../print/output.js';
import { printStop, printSummary } from '../print/print-run.js';
import { checkRunName, findRunId, requireRun } from '../requested-run.js';
import { runTable } from '../print/run-table.js';
import { withReader, type Reader } from '../session/session.js';
import { runningWarnings } from '../print/running-warnings.js';
import { retryWhileUnavailable } from '../session/retry-while-unavailable.js';

interface StatusOptions extends JsonOption {
  readonly status?: RunStatus;
  readonly find?: string;
  readonly sort?: RunOrder;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .addOption(
      new Option('--status <status>', 'list the runs of one status').choices(runStatusSchema.options),
    )
    .option('--find <text>', 'list the runs whose id, name or repository has this text')
    .addOption(new Option('--sort <order>', 'sort the list (default: age)').choices(RUN_ORDERS))
    .action((run: string | undefined, options: StatusOptions) => act((env) => status(env, run, options)));
  addExamples(
    command,
    'leadwright status',
    'leadwright status --status blocked --sort questions',
    'leadwright status latest',
  );
}

async function status(env: Environment, run: string | undefined, options: StatusOptions): Promise<ExitCode> {
  if (run !== undefined) {
    checkRunName(run);
    refuseListOptions(options);
  }
  return retryWhileUnavailable(() =>
    withReader(env, async (reader) => {
      if (run === undefined) return listAll(reader, options);
      const id = await findRunId(reader, run);
      const view = await requireRun(reader, id);
      (await runningWarnings(reader, [view])).forEach(warn);
      return printResult(options, view, async () => {
        await printSummary(reader, view);
        printStop(view);
      });
    }),
  );
}

/** @throws UsageError for an option that selects runs where one run is named */
function refuseListOptions({ status, find, sort }: StatusOptions): void {
  const given = Object.entries({ status, find, sort }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  throw new UsageError('A run is named, so there is no list to select from:', [
    {
      line: null,
      path: given.map(([name]) => `--${name}`).join(', '),
      message: 'leave it out, or leave the run out',
    },
  ]);
}

async function listAll(reader: Reader, options: StatusOptions): Promise<ExitCode> {
  const all = await listRuns(reader.db);
  (await runningWarnings(reader, all)).forEach(warn);
  const { status = null, find = '', sort = 'age' } = options;
  const now = Date.now();
  const runs = selectRuns(all, { status, find, order: sort }, now);
  return printResult(options, runs, () => {
    if (all.length === 0)
      print(
        'No runs yet. Start one, of the plan here or else of the built-in example, with:  leadwright run',
      );
    else if (runs.length === 0)
      print(
        all.length === 1
          ? 'The only run does not match. Show it with:  leadwright status'
          : `None of the ${all.length} runs matches. List all with:  leadwright status`,
      );
    else runTable(runs, now, terminalOf('stdout')?.columns ?? null).forEach(print);
  });
}
