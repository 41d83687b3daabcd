/** Follows a run from a command, and finds or starts the stack again when it is lost meanwhile. */
import type { Environment } from '../shared/config.js';
import { lastSeq } from '../db/event-log.js';
import type { RunId } from '../contract/ids.js';
import type { WorkerNeed } from '../local-stack/host/host-protocol.js';
import { followRun, type Show } from './follow/follow-run.js';
import { say } from './output.js';
import { ownTestWarningsOf } from './print-run.js';
import { requireRun } from './requested-run.js';
import { withSession, type Session } from './session.js';

export interface Following {
  readonly env: Environment;
  readonly id: RunId;
  readonly worker: WorkerNeed;
  readonly show: Show;
  readonly stream: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/**
 * Follows a run until it has ended or waits for a person (true), or until `signal` is aborted (false). When the stack
 * is lost meanwhile (its host was killed), it is found or started again and the following continues.
 */
export async function follow(session: Session, following: Following): Promise<boolean> {
  const done = new AbortController();
  const signal = AbortSignal.any([following.signal, done.signal]);
  const addresses = new Addresses(session, following);
  try {
    return await followRun({
      view: await requireRun(session, following.id),
      runId: following.id,
      token: session.token,
      newest: (await lastSeq(session.db.pool, following.id)) ?? 0,
      locate: () => addresses.current(),
      show: following.show,
      stream: following.stream,
      signal,
      // When the stack is lost at this moment, only these warnings are lost; the summary prints them again.
      warnings: () => ownTestWarningsOf(session.db, following.id).catch(() => []),
    });
  } finally {
    done.abort();
    await addresses.release();
  }
}

/** The notifier's current address: the session's, until its stack is lost. */
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
