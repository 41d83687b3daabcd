/**
 * Actions that a person can take back: each is sent when its time to undo is over. Nothing can be taken back once it is
 * sent, because agents have stopped and tasks have ended by then.
 */
import { failureOf } from '../api-client.js';
import { clock } from '../components/clock.svelte.js';

/** Long enough to read what happens and to change one's mind. */
const UNDO_MS = 10_000;

export interface PendingAction {
  /** What it is about, such as ids of blockers or of a run: a subject has one pending action at a time. */
  readonly subjects: readonly string[];
  /** What is about to happen, such as "Skipping". */
  readonly doing: string;
  /** To what, such as "the task cart". */
  readonly what: string;
  readonly send: () => Promise<unknown>;
  /** Called once it was sent, whether or not that failed; not at all when the action is undone. */
  readonly onsent?: () => Promise<void>;
}

interface Scheduled extends PendingAction {
  /** Milliseconds since 1970. */
  readonly sendsAt: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

class PendingActions {
  all = $state.raw<readonly Scheduled[]>([]);
  /** The actions that failed, as messages. */
  failures = $state.raw<readonly string[]>([]);

  constructor() {
    // Whoever leaves the page does not undo any more.
    addEventListener('pagehide', () => this.all.forEach((action) => void this.#send(action)));
  }

  /** Schedules an action. It replaces those that have a subject in common with it. */
  add(action: PendingAction): void {
    action.subjects.forEach((subject) => this.undo(this.about(subject)));
    const scheduled: Scheduled = {
      ...action,
      sendsAt: Date.now() + UNDO_MS,
      timer: setTimeout(() => void this.#send(scheduled), UNDO_MS),
    };
    // A countdown from an older time would begin with a second too many.
    clock.tick();
    this.all = [...this.all, scheduled];
  }

  /** The pending action about a subject; undefined when there is none. */
  about(subject: string): Scheduled | undefined {
    return this.all.find(({ subjects }) => subjects.includes(subject));
  }

  undo(action: Scheduled | undefined): void {
    clearTimeout(action?.timer);
    this.all = this.all.filter((other) => other !== action);
  }

  dismissFailures(): void {
    this.failures = [];
  }

  async #send(action: Scheduled): Promise<void> {
    this.undo(action);
    try {
      await action.send();
    } catch (error) {
      this.failures = [...this.failures, `${action.doing} ${action.what} failed: ${failureOf(error)}`];
    }
    // It only reads again what is polled anyway, and a problem of that is shown there.
    await action.onsent?.().catch(() => undefined);
  }
}

export const pendingActions = new PendingActions();
