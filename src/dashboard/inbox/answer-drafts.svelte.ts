/**
 * Answers that a person is writing. They outlive the form of their question, which goes when the token expires, when another
 * page is opened, and when the question is answered elsewhere. This browser tab keeps them over a reload.
 */
import { SvelteMap } from 'svelte/reactivity';
import { blockerId, type BlockerId } from '../../contract/ids.js';

/** Before the id of a question. */
const KEY = 'leadwright.answer.';

class AnswerDrafts {
  readonly #texts = new SvelteMap(storedTexts());
  /** The texts of questions that were closed without them. */
  readonly unsent = new SvelteMap<BlockerId, string>();
  readonly #sending = new Set<BlockerId>();

  /** The questions with a text. */
  get ids(): readonly BlockerId[] {
    return [...this.#texts.keys()];
  }

  /** What was written for a question; empty when nothing was. */
  read(question: BlockerId): string {
    return this.#texts.get(question) ?? '';
  }

  write(question: BlockerId, text: string): void {
    if (text === '') this.#delete(question);
    else this.#set(question, text);
  }

  #set(question: BlockerId, text: string): void {
    this.#texts.set(question, text);
    try {
      sessionStorage.setItem(KEY + question, text);
    } catch {
      // The storage is full, and a reload loses what is typed now.
    }
  }

  #delete(question: BlockerId): void {
    this.#texts.delete(question);
    sessionStorage.removeItem(KEY + question);
  }

  /** Keeps the text until its answer has arrived. @throws what `answer` throws */
  async send(question: BlockerId, answer: Promise<unknown>): Promise<void> {
    this.#sending.add(question);
    try {
      await answer;
      this.#delete(question);
    } finally {
      this.#sending.delete(question);
    }
  }

  /** Called for questions that are no longer open. */
  close(questions: readonly BlockerId[]): void {
    for (const question of questions) {
      const text = this.read(question).trim();
      // This tab may have closed it, and the response is on its way.
      if (this.#sending.has(question)) continue;
      if (text === '') {
        this.#delete(question);
        continue;
      }
      // The storage keeps it: after a reload it is found unsent again.
      this.#texts.delete(question);
      this.unsent.set(question, text);
    }
  }

  /** Forgets an unsent text. */
  discard(question: BlockerId): void {
    this.unsent.delete(question);
    this.#delete(question);
  }
}

/** What was written before the page was reloaded. */
function storedTexts(): readonly (readonly [BlockerId, string])[] {
  return Object.entries<string>(sessionStorage).flatMap(([key, text]) =>
    key.startsWith(KEY) ? [[blockerId(key.slice(KEY.length)), text]] : [],
  );
}

export const answerDrafts = new AnswerDrafts();
