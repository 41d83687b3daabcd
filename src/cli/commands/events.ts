import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { eventSchema, type LeadwrightEvent } from '../../contract/events.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { readEvents } from '../../db/event-log.js';
import { addExamples, type Act, type JsonOption } from '../command.js';
import { renderEventLine } from '../follow/describe-event.js';
import { withEvents } from '../follow/following.js';
import { untilInterrupted } from '../session/until-interrupted.js';
import { MAX_SEQ, wholeNumber } from '../option-values.js';
import { print, printJsonLine } from '../print/output.js';
import { withRun, withSessionOf } from '../requested-run.js';
import type { Reader, Session } from '../session/session.js';
import { afterLoss, hasWorker, workerFor } from '../session/worker-of-run.js';

interface EventsOptions extends JsonOption {
  readonly after: number;
  readonly follow?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .option('--json', 'print JSON Lines: one event a line, nothing else on stdout')
    .option('--after <seq>', 'only events after this number', wholeNumber(0, MAX_SEQ), 0)
    .option('--follow', 'continue until the run has ended or waits for a person')
    .action((run: string, options: EventsOptions) => act((env) => events(env, run, options)));
  addExamples(command, 'leadwright events shop-k3x9pq --follow --json | jq .type');
}

/** Events per query: a page takes little memory, and a long log takes few queries. */
const PAGE_SIZE = 500;

async function events(env: Environment, run: string, options: EventsOptions): Promise<ExitCode> {
  if (options.follow !== true) {
    return withRun(env, run, async (id, reader) => {
      await printLog(reader, id, options);
      return EXIT.completed;
    });
  }
  return untilInterrupted((signal) => {
    const follow = async (session: Session, id: RunId): Promise<ExitCode> => {
      const worker = (await hasWorker(session)) ? afterLoss(await workerFor(session, env, id)) : 'none';
      await withEvents(session, { env, id, worker, signal }, options.after, async (log) => {
        for await (const event of log) printEvent(event, options);
      });
      return EXIT.completed;
    };
    return withSessionOf(env, run, follow, signal);
  });
}

async function printLog(reader: Reader, id: RunId, options: EventsOptions): Promise<void> {
  for (let after = options.after; ;) {
    const page = await readEvents(reader.db.pool, id, after, PAGE_SIZE);
    for (const stored of page) printEvent(eventSchema.parse(stored), options);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_SIZE) return;
    after = last.seq;
  }
}

function printEvent(event: LeadwrightEvent, { json }: JsonOption): void {
  if (json === true) printJsonLine(event);
  else print(renderEventLine(event));
}
