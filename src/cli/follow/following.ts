/** Follows a run from a command. When the stack is lost meanwhile, finds it or starts it again. */
import type { Environment } from '../../shared/config.js';
import { readLastSeq, readEvents } from '../../db/event-log.js';
import { readRestingSeq } from '../../db/run-view.js';
import type { LeadwrightEvent } from '../../contract/events.js';
import type { RunId } from '../../contract/ids.js';
import type { WorkerNeed } from '../../local-stack/host/host-protocol.js';
import { socketPaths } from '../../shared/network/sockets.js';
import type { NotifierAddress } from '../../shared/network/websocket.js';
import { followEvents, type FollowedRecord } from './follow-events.js';
import { watchServices } from './outages.js';
import { refusedLoginError } from '../session/explain-unavailable.js';
import { isOwnLoginRefused } from '../session/refused-login.js';
import { fullDiskWarning } from '../session/full-disk.js';
import { followRun, type Show } from './follow-run.js';
import { lostStoreWarning } from '../session/lost-store.js';
import { LastingSession } from '../session/lasting-session.js';
import { say, type Stream } from '../print/output.js';
import { readRunWait } from '../../db/waits.js';
import { readTestWarnings } from '../../db/tests-at-base.js';
import { requireRun } from '../requested-run.js';
import { withSession, type Session } from '../session/session.js';

export interface FollowedRun {
  readonly env: Environment;
  readonly id: RunId;
  readonly worker: WorkerNeed;
  readonly signal: AbortSignal;
}

export interface ShownRun extends FollowedRun {
  readonly show: Show;
  readonly stream: Stream;
}

/**
 * Follows and shows a run until it has ended or waits for a person.
 * @returns false if `signal` was aborted first
 */
export async function follow(session: Session, showing: ShownRun): Promise<boolean> {
  const { id, show, stream, signal } = showing;
  const view = await requireRun(session, id);
  await withEvents(session, showing, 0, (events) =>
    followRun({
      view,
      events,
      show,
      stream,
      // If the stack is lost at this moment, these warnings are skipped here; the summary prints them again.
      warnings: () => readTestWarnings(session.db, id).catch(() => []),
      waiting: () => readRunWait(session.db.prisma, id).catch(() => undefined),
      trouble: async () =>
        (await fullDiskWarning(session.paths.home)) ?? (await lostStoreWarning(session.paths)),
      outages: watchServices(session, showing.env, id),
      verify: () =>
        requireRun(session, id).then(
          ({ verify }) => verify,
          () => null,
        ),
    }),
  );
  return !signal.aborted;
}

/**
 * Calls `use` with a run's events after `after`. The events end when the run has ended or waits for a person, or when
 * `signal` is aborted. When the stack is lost meanwhile (its host was killed), the stack is found or started again and
 * the events continue.
 */
export async function withEvents(
  session: Session,
  { env, id, worker, signal }: FollowedRun,
  after: number,
  use: (events: AsyncIterable<LeadwrightEvent>) => Promise<void>,
): Promise<void> {
  const newest = (await readLastSeq(session.db.pool, id)) ?? 0;
  const lasting = new LastingSession(session, (use) => withSession(env, worker, use, { signal }));
  const locate = async (): Promise<NotifierAddress> => {
    const { paths } = await lasting.current();
    // Not its port: while the notifier is restarted, another user's process could take that, and receive the token.
    return { socket: socketPaths(paths.home).server };
  };
  try {
    const record = createRunRecord(lasting, env, id);
    await use(followEvents({ locate, token: session.token, runId: id, after, newest, record, signal }));
  } finally {
    await lasting.release();
  }
}

/** Events per query: a page takes little memory, and a long log takes few queries. */
const PAGE_SIZE = 500;

function createRunRecord(lasting: LastingSession, env: Environment, id: RunId): FollowedRecord {
  const read = <T>(use: (session: Session) => Promise<T>): Promise<T | null> =>
    lasting.read((session) =>
      use(session).catch((error: unknown) => {
        throw isOwnLoginRefused(error, env) ? refusedLoginError(error) : error;
      }),
    );
  return {
    readRestingSeq: () => read(({ db }) => readRestingSeq(db, id)),
    readEvents: async (after) => (await read(({ db }) => readEvents(db.pool, id, after, PAGE_SIZE))) ?? [],
  };
}

/** Prints how to follow the run again, on stderr, because stdout is for results. */
export function sayHowToReturn(id: RunId): void {
  say(`\nThe run ${id} continues in the background. Follow it again with:  leadwright watch ${id}`);
}
