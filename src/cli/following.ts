/** Follows a run from a command, and finds or starts the stack again when it is lost meanwhile. */
import type { Environment } from '../shared/config.js';
import { readLastSeq, readEvents } from '../db/event-log.js';
import { readRestingSeq } from '../db/run-view.js';
import type { LeadwrightEvent } from '../contract/contract.js';
import type { RunId } from '../contract/ids.js';
import type { WorkerNeed } from '../local-stack/host/host-protocol.js';
import { readStackFile } from '../local-stack/stack-file.js';
import { followEvents, type RunRecord } from './follow/follow-events.js';
import { followRun, type Show } from './follow/follow-run.js';
import { LastingSession } from './lasting-session.js';
import { say } from './output.js';
import { ownTestWarningsOf } from './print-run.js';
import { requireRun } from './requested-run.js';
import { withSession, type Session } from './session.js';

export interface Following {
  readonly env: Environment;
  readonly id: RunId;
  readonly worker: WorkerNeed;
  readonly signal: AbortSignal;
}

export interface Showing extends Following {
  readonly show: Show;
  readonly stream: NodeJS.WriteStream;
}

/** Follows a run until it has ended or waits for a person (true), or until `signal` is aborted (false). */
export async function follow(session: Session, showing: Showing): Promise<boolean> {
  const { id, show, stream, signal } = showing;
  const view = await requireRun(session, id);
  await withEvents(session, showing, 0, (events) =>
    followRun({
      view,
      events,
      show,
      stream,
      // When the stack is lost at this moment, only these warnings are lost; the summary prints them again.
      warnings: () => ownTestWarningsOf(session.db, id).catch(() => []),
    }),
  );
  return !signal.aborted;
}

/**
 * Gives `use` a run's events after `after`. They end when the run has ended or waits for a person, or when `signal` is
 * aborted. When the stack is lost meanwhile (its host was killed), it is found or started again and the events go on.
 */
export async function withEvents(
  session: Session,
  { env, id, worker, signal }: Following,
  after: number,
  use: (events: AsyncIterable<LeadwrightEvent>) => Promise<void>,
): Promise<void> {
  const newest = (await readLastSeq(session.db.pool, id)) ?? 0;
  const lasting = new LastingSession(session, (held) => withSession(env, worker, held));
  const locate = async (): Promise<string> => {
    const { paths, hold } = await lasting.current();
    // A server that was started again may have another port than when this session began.
    return (await readStackFile(paths.stackFile))?.notifierUrl ?? hold.notifierUrl;
  };
  try {
    const record = recordOf(lasting, id);
    await use(followEvents({ locate, token: session.token, runId: id, after, newest, record, signal }));
  } finally {
    await lasting.release();
  }
}

/** Small enough to be at hand at once, large enough to be few statements. */
const PAGE = 500;

function recordOf(lasting: LastingSession, id: RunId): RunRecord {
  return {
    restingAt: () => lasting.ask(({ db }) => readRestingSeq(db, id)),
    read: async (after) => (await lasting.ask(({ db }) => readEvents(db.pool, id, after, PAGE))) ?? [],
  };
}

/** Runs `use`, and aborts its signal at Ctrl-C or SIGTERM. That ends the command; it cancels no run. */
export async function untilInterrupted<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await use(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Says how to follow a run again. On stderr, because stdout is for results. */
export function sayHowToReturn(id: RunId): void {
  say(`\nThe run ${id} continues in the background. Follow it again with:  leadwright watch ${id}`);
}
