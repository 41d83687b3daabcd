import type Anthropic from '@anthropic-ai/sdk';
import type { AnswerStream, AnswerStreams, CallKey } from '../agent/answer/answer-stream.js';
import type { ModelDelta } from '../contract/events.js';
import type { TaskKey } from '../db/fencing.js';
import type { LiveTextMessage, WatchMessage } from '../contract/live-text.js';
import type { Redactor } from '../redaction/redactor.js';
import { AnswerText, type Piece } from './answer-text.js';

/** Twenty updates a second look continuous. Each costs one message per watching client. */
const BATCH_MS = 50;

/** Collects the answers that this worker is receiving, and sends the text of those whose tasks are watched. */
export class LiveTextHub implements AnswerStreams {
  readonly #answers = new Map<string, Set<Answer>>();
  /** The task of each watch, and the watches of each task. */
  readonly #tasks = new Map<number, string>();
  readonly #watched = new Map<string, Set<number>>();
  #timer: NodeJS.Timeout | undefined;

  /** `send` passes a message to the server, or drops it. */
  constructor(private readonly send: (message: LiveTextMessage) => void) {}

  begin(call: CallKey, redactor: Pick<Redactor, 'find'>): AnswerStream {
    const key = keyOf(call);
    const answer = new Answer(call, redactor.find);
    this.#answers.set(key, (this.#answers.get(key) ?? new Set()).add(answer));
    return {
      receive: (event) => {
        answer.receive(event);
        if (this.#watched.has(key)) this.#schedule();
      },
      end: () => {
        if (this.#watched.has(key)) this.#sendNew(answer);
        this.#forget(key, answer);
      },
    };
  }

  /** Handles a message of the server. */
  receive(message: WatchMessage): void {
    switch (message.type) {
      case 'watch': {
        const key = keyOf(message);
        this.#tasks.set(message.watch, key);
        this.#watched.set(key, (this.#watched.get(key) ?? new Set()).add(message.watch));
        const answers = [...(this.#answers.get(key) ?? [])];
        // The clients already watching get the new text before this one gets all of it.
        for (const answer of answers) this.#sendNew(answer);
        const deltas = answers.flatMap((answer) => answer.soFar());
        this.send({ type: 'so-far', watch: message.watch, deltas });
        return;
      }
      case 'unwatch':
        this.#unwatch(message.watch);
    }
  }

  /** Removes all watches: the connection to the server is gone, and with it every client. */
  unwatchAll(): void {
    this.#tasks.clear();
    this.#watched.clear();
  }

  #unwatch(watch: number): void {
    const key = this.#tasks.get(watch);
    if (key === undefined) return;
    this.#tasks.delete(watch);
    const watched = this.#watched.get(key);
    watched?.delete(watch);
    if (watched?.size === 0) this.#watched.delete(key);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const key of this.#watched.keys()) {
        for (const answer of this.#answers.get(key) ?? []) this.#sendNew(answer);
      }
    }, BATCH_MS).unref();
  }

  #sendNew(answer: Answer): void {
    for (const delta of answer.takeNew()) this.send({ type: 'delta', delta });
  }

  #forget(key: string, answer: Answer): void {
    const answers = this.#answers.get(key);
    answers?.delete(answer);
    if (answers?.size === 0) this.#answers.delete(key);
  }
}

/** One answer that is being received. */
class Answer {
  readonly #text = new AnswerText();

  constructor(
    private readonly call: CallKey,
    private readonly find: Redactor['find'],
  ) {}

  receive(event: Anthropic.RawMessageStreamEvent): void {
    this.#text.receive(event);
  }

  takeNew(): ModelDelta[] {
    return this.#deltas(this.#text.takeNew(this.find));
  }

  soFar(): ModelDelta[] {
    return this.#deltas(this.#text.taken());
  }

  #deltas(pieces: readonly Piece[]): ModelDelta[] {
    const { runId, taskId, attempt, turn, call } = this.call;
    const at = new Date().toISOString();
    return pieces.map((piece) => ({
      ephemeral: true,
      runId,
      taskId,
      type: 'model.delta',
      at,
      data: { attempt, turn, call, ...piece },
    }));
  }
}

function keyOf({ runId, taskId }: TaskKey): string {
  return `${runId}/${taskId}`;
}
