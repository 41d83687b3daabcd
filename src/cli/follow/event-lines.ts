import type { LeadwrightEvent } from '../../contract/events.js';
import type { TaskId } from '../../contract/ids.js';
import type { Waiting } from '../../contract/waiting.js';
import { waitAfter } from '../../shared/wait-after.js';
import { waitingSentence } from '../../shared/words/waiting-sentence.js';
import { renderEventLine, renderLine } from './describe-event.js';

/** Often enough to see that the run is alive; a log of a night's outage then has some hundred lines of it. */
const WAIT_LINE_MS = 60_000;

/** One line per event, for a pipe, and one a minute while the whole run waits for its model. */
export class EventLines {
  /** The known waits of the run (null) and of its tasks. */
  readonly #waits = new Map<TaskId | null, Waiting>();
  /** What the last line of each task told, and that of the run (null): the next one need not say it again. */
  readonly #told = new Map<TaskId | null, string>();
  /** When the last line about a wait of the run was written. */
  #saidAt = 0;

  constructor(
    private readonly write: (line: string) => void,
    private readonly clock: () => number = Date.now,
  ) {}

  apply(event: LeadwrightEvent): void {
    const wait = this.#follow(event);
    if (wait === null) {
      this.write(renderEventLine(this.#withoutRepetition(event)));
      return;
    }
    const at = Date.parse(event.at);
    if (event.taskId === null) this.#saidAt = this.clock();
    this.write(renderLine(at, event.taskId, waitingSentence(wait, at)));
  }

  /** Whether all tasks wait for a model that is out of reach. */
  get isWaiting(): boolean {
    return this.#waits.has(null);
  }

  /** Takes the wait as the record has it, and writes it when the last line is a minute old. */
  setWaiting(waiting: Waiting | null): void {
    this.#set(null, waiting);
    const now = this.clock();
    if (waiting === null || now - this.#saidAt < WAIT_LINE_MS) return;
    this.#saidAt = now;
    this.write(renderLine(now, null, waitingSentence(waiting, now)));
  }

  /** A task that asks is blocked by its question, and a correction begins with the failure of its tests. */
  #withoutRepetition(event: LeadwrightEvent): LeadwrightEvent {
    const told = this.#told.get(event.taskId);
    const text = toldBy(event);
    this.#told.set(event.taskId, text);
    return text === told ? withoutText(event) : event;
  }

  /** @returns the wait that the event tells of */
  #follow(event: LeadwrightEvent): Waiting | null {
    switch (event.type) {
      case 'model.waiting':
      case 'model.answering':
        return this.#set(event.taskId, waitAfter(this.#waits.get(event.taskId) ?? null, event));
      case 'task.status':
        return this.#set(event.taskId, null);
      case 'run.status':
        if (event.data.status !== 'running') this.#waits.clear();
        return null;
      default:
        return null;
    }
  }

  #set(taskId: TaskId | null, waiting: Waiting | null): Waiting | null {
    if (waiting === null) this.#waits.delete(taskId);
    else this.#waits.set(taskId, waiting);
    return waiting;
  }
}

/** The reason or question that the line of an event tells; empty for none. */
function toldBy(event: LeadwrightEvent): string {
  switch (event.type) {
    case 'task.status':
      return event.data.error ?? '';
    case 'tests.finished':
      return event.data.passed ? '' : event.data.summary;
    case 'correction.started':
      return event.data.reason;
    case 'blocker.raised':
      return event.data.question;
    default:
      return '';
  }
}

function withoutText(event: LeadwrightEvent): LeadwrightEvent {
  switch (event.type) {
    case 'correction.started':
      return { ...event, data: { ...event.data, reason: '' } };
    case 'blocker.raised':
      return { ...event, data: { ...event.data, question: '' } };
    default:
      return event;
  }
}
