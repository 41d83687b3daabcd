/**
 * Answers that a person is writing. They outlive the form of their question, which goes when the token expires, when another
 * page is opened, and when the question is answered elsewhere.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { BlockerId } from '../../contract/ids.js';

class AnswerDrafts {
  readonly #texts = new SvelteMap<BlockerId, string>();
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
    if (text === '') this.#texts.delete(question);
    else this.#texts.set(question, text);
  }

  /** Keeps the text until its answer has arrived. @throws what `answer` throws */
  async send(question: BlockerId, answer: Promise<unknown>): Promise<void> {
    this.#sending.add(question);
    try {
      await answer;
      this.#texts.delete(question);
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
      this.#texts.delete(question);
      if (text !== '') this.unsent.set(question, text);
    }
  }
}

export const answerDrafts = new AnswerDrafts();
