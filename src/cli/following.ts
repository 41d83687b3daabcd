/** Following a run from a command, however often the stack below it has to be found again. */
import type { Environment } from '../shared/config.js';
import { lastSeq, readEvents } from '../db/event-log.js';
import { restingSeq, runView } from '../db/run-view.js';
import type { LeadwrightEvent, RunView } from '../contract/contract.js';
import { UsageError } from '../contract/errors.js';
import { runId, taskId, ID_PATTERN, type RunId, type TaskId } from '../contract/ids.js';
import type { WorkerNeed } from '../local-stack/host/host-protocol.js';
import { readStackFile } from '../local-stack/stack-file.js';
import { followEvents, type RunRecord } from './follow/follow-events.js';
import { followRun, type Show } from './follow/follow-run.js';
import { LastingSession } from './lasting-session.js';
import { say } from './output.js';
import { ownTestWarningsOf } from './own-tests-of-run.js';
import { withSession, type Session } from './session.js';

/** A run's id as a person typed it. */
export function typedRunId(text: string): RunId {
  if (!ID_PATTERN.test(text)) throw new UsageError(`${JSON.stringify(text)} cannot be the id of a run`);
  return runId(text);
}

/** A task's id as a person typed it. */
export function typedTaskId(text: string): TaskId {
  if (!ID_PATTERN.test(text)) throw new UsageError(`${JSON.stringify(text)} cannot be the id of a task`);
  return taskId(text);
}

/** The run, or a word to whoever asked for one that is not there. */
export async function existingRun(session: Session, id: RunId): Promise<RunView> {
  const view = await runView(session.db, id, session.urls(id));
  if (view === null) throw new UsageError(`There is no run ${id}. The runs there are: leadwright status`);
  return view;
}

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

/** Shows a run until it is at rest: true; false when `signal` said before that the person is leaving. */
export async function follow(session: Session, showing: Showing): Promise<boolean> {
  const { id, show, stream, signal } = showing;
  const view = await existingRun(session, id);
  await withEvents(session, showing, 0, (events) =>
    followRun({
      view,
      events,
      show,
      stream,
      // A stack that is lost at this moment costs a warning, not the following; the summary says it again.
      warnings: () => ownTestWarningsOf(session.db, id).catch(() => []),
    }),
  );
  return !signal.aborted;
}

/**
 * Uses a run's events after `after`, which come until it is at rest or `signal` says that the person is leaving. When
 * the stack is lost meanwhile (its host was killed), it is found or started again and the events go on.
 */
export async function withEvents(
  session: Session,
  { env, id, worker, signal }: Following,
  after: number,
  use: (events: AsyncIterable<LeadwrightEvent>) => Promise<void>,
): Promise<void> {
  const newest = (await lastSeq(session.db.pool, id)) ?? 0;
  const lasting = new LastingSession(session, (held) => withSession(env, worker, held));
  const locate = async (): Promise<string> => {
    const { paths, hold } = await lasting.current();
    // A notifier that was started again may have another port than at the time of the hold.
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
    restingAt: () => lasting.ask(({ db }) => restingSeq(db, id)),
    read: async (after) => (await lasting.ask(({ db }) => readEvents(db.pool, id, after, PAGE))) ?? [],
  };
}

/** Runs `use` until it ends or the person presses Ctrl-C: then `signal` is aborted, and nothing is cancelled. */
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

/** How to come back to a run that was left. On stderr: a result may be expected on stdout. */
export function howToComeBack(id: RunId): void {
  say(`\nThe run ${id} goes on in the background. Come back with:  leadwright watch ${id}`);
}
