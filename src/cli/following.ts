/** Following a run from a command, however often the stack below it has to be found again. */
import type { Environment } from '../shared/config.js';
import { readLastSeq } from '../db/event-log.js';
import { readRunView } from '../db/run-view.js';
import type { RunView } from '../contract/contract.js';
import { UsageError } from '../contract/errors.js';
import { runId, taskId, ID_PATTERN, type RunId, type TaskId } from '../contract/ids.js';
import type { WorkerNeed } from '../local-stack/host/host-protocol.js';
import { followRun, type Show } from './follow/follow-run.js';
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
  const view = await readRunView(session.db, id, session.urls(id));
  if (view === null) throw new UsageError(`There is no run ${id}. The runs there are: leadwright status`);
  return view;
}

export interface Following {
  readonly env: Environment;
  readonly id: RunId;
  readonly worker: WorkerNeed;
  readonly show: Show;
  readonly stream: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/**
 * Follows a run until it is at rest, or `signal` says that the person is leaving. When the stack is lost
 * meanwhile (its host was killed), it is found or started again and the following goes on.
 */
export async function follow(session: Session, following: Following): Promise<boolean> {
  const done = new AbortController();
  const signal = AbortSignal.any([following.signal, done.signal]);
  const addresses = new Addresses(session, following);
  try {
    return await followRun({
      view: await existingRun(session, following.id),
      runId: following.id,
      token: session.token,
      newest: (await readLastSeq(session.db.pool, following.id)) ?? 0,
      locate: () => addresses.current(),
      show: following.show,
      stream: following.stream,
      signal,
      // A stack that is lost at this moment costs a warning, not the following; the summary says it again.
      warnings: () => ownTestWarningsOf(session.db, following.id).catch(() => []),
    });
  } finally {
    done.abort();
    await addresses.release();
  }
}

/** Where the notifier is now: that of the session, until its stack is lost. */
class Addresses {
  private url: Promise<string>;
  private end: () => void = () => undefined;
  private again: Promise<unknown> = Promise.resolve();

  constructor(
    session: Session,
    private readonly following: Following,
  ) {
    this.url = Promise.resolve(session.hold.notifierUrl);
    void session.hold.lost.then(() => this.holdAgain());
  }

  current(): Promise<string> {
    return this.url;
  }

  async release(): Promise<void> {
    this.end();
    await this.again.catch(() => undefined);
  }

  private holdAgain(): void {
    if (this.following.signal.aborted) return;
    const { env, worker } = this.following;
    this.url = new Promise((found, failed) => {
      this.again = withSession(env, worker, async (session) => {
        found(session.hold.notifierUrl);
        const left = new Promise<'left'>((resolve) => (this.end = () => resolve('left')));
        const ended = await Promise.race([left, session.hold.lost.then(() => 'lost' as const)]);
        if (ended === 'lost') this.holdAgain();
      });
      this.again.catch(failed);
    });
  }
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
