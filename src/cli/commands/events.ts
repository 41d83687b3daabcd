import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { eventSchema, type LeadwrightEvent } from '../../contract/contract.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { lastSeq, readEvents } from '../../db/event-log.js';
import { addExamples, type Act, type JsonOption } from '../command.js';
import { renderLine } from '../follow/describe-event.js';
import { followEvents } from '../follow/follow-events.js';
import { atRest } from '../follow/follow-run.js';
import { untilInterrupted } from '../following.js';
import { MAX_SEQ, wholeNumber } from '../option-values.js';
import { print, printJsonLine } from '../output.js';
import { parseRunId, requireRun } from '../requested-run.js';
import { withSession, type Session } from '../session.js';

interface EventsOptions extends JsonOption {
  readonly after: number;
  readonly follow?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .option('--json', 'print JSON Lines: one event a line, nothing else on stdout')
    .option('--after <seq>', 'only events after this number', wholeNumber(0, MAX_SEQ), 0)
    .option('--follow', 'go on until the run has ended or waits for a person')
    .action((run: string, options: EventsOptions) => act((env) => events(env, run, options)));
  addExamples(command, 'leadwright events shop-k3x9pq --follow --json | jq .type');
}

/** Events of one page of the log: few statements, and little memory. */
const PAGE_SIZE = 500;

async function events(env: Environment, run: string, options: EventsOptions): Promise<ExitCode> {
  const id = parseRunId(run);
  return untilInterrupted((signal) =>
    withSession(env, 'none', async (session) => {
      await requireRun(session, id);
      if (options.follow === true) await followLog(session, id, options, signal);
      else await printLog(session, id, options);
      return EXIT.completed;
    }),
  );
}

async function printLog(session: Session, id: RunId, options: EventsOptions): Promise<void> {
  for (let after = options.after; ;) {
    const page = await readEvents(session.db.pool, id, after, PAGE_SIZE);
    for (const stored of page) printEvent(eventSchema.parse(stored), options);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_SIZE) return;
    after = last.seq;
  }
}

async function followLog(
  session: Session,
  id: RunId,
  options: EventsOptions,
  signal: AbortSignal,
): Promise<void> {
  const newest = (await lastSeq(session.db.pool, id)) ?? 0;
  let resting = atRest((await requireRun(session, id)).status);
  if (resting && options.after >= newest) return;
  const log = followEvents({
    locate: () => Promise.resolve(session.hold.notifierUrl),
    token: session.token,
    runId: id,
    after: options.after,
    signal,
  });
  for await (const event of log) {
    printEvent(event, options);
    if (event.type === 'run.status') resting = atRest(event.data.status);
    if (resting && event.seq >= newest) return;
  }
}

function printEvent(event: LeadwrightEvent, { json }: JsonOption): void {
  if (json === true) printJsonLine(event);
  else print(renderLine(event));
}
