/**
 * The conversations that were refused for safety. The API refuses each continuation of one again: only a conversation that
 * leaves out the refused message can go on (platform.claude.com/docs, "Handle streaming refusals").
 */
import type { Segment } from './request-segments.js';
import type { Block } from './scripted-request.js';
import type { ScriptedMessage } from './scripted-message.js';
import type { Answer } from './script.js';

export class RefusedConversations {
  /** The words of each refused answer, by the hash of its request. */
  readonly #answers = new Map<string, readonly string[]>();

  /** Whether a request continues a refused conversation. The refused request itself may be sent again. */
  includes(segments: readonly Segment[]): boolean {
    return segments.slice(0, -1).some(({ prefix }, at) => {
      const words = this.#answers.get(prefix);
      return words?.every((said, index) => said === wordsOf(segments[at + 1 + index]?.block)) === true;
    });
  }

  /** Remembers the answer to a request if it is a refusal. */
  note({ stop_reason, content }: ScriptedMessage, segments: readonly Segment[]): void {
    const prefix = segments.at(-1)?.prefix;
    if (stop_reason === 'refusal' && prefix !== undefined) this.#answers.set(prefix, content.map(wordsOf));
  }
}

function wordsOf(block: Block | ScriptedMessage['content'][number] | undefined): string {
  switch (block?.type) {
    case 'text':
      return block.text;
    case 'thinking':
      return block.thinking;
    case 'tool_use':
      return block.id;
    case 'tool_result':
    case undefined:
      return '';
  }
}

/** The answer to a request that continues a refused conversation. */
export const STILL_REFUSED: Answer = {
  stop_reason: 'refusal',
  stop_details: { category: null, explanation: 'The conversation was refused before, and was not reset.' },
};
