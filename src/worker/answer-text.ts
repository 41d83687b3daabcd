import type Anthropic from '@anthropic-ai/sdk';
import type { ModelDelta } from '../contract/contract.js';
import type { Redactor } from '../redaction/redactor.js';

/** A piece of an answer: which block of it, and where in that. */
export type Piece = Pick<ModelDelta['data'], 'block' | 'kind' | 'tool' | 'offset' | 'text'>;

/** What an answer says so far: its words and the inputs of its tools, block by block, its secrets masked. */
export class AnswerText {
  readonly #blocks = new Map<number, BlockText>();

  receive(event: Anthropic.RawMessageStreamEvent): void {
    switch (event.type) {
      case 'content_block_start':
        this.#begin(event.index, event.content_block);
        return;
      case 'content_block_delta':
        this.#blocks.get(event.index)?.add(textOf(event.delta));
        return;
      case 'content_block_stop':
        this.#blocks.get(event.index)?.end();
        return;
      case 'message_start':
      case 'message_delta':
      case 'message_stop':
    }
  }

  /** What can be said by now and was not taken yet. */
  takeNew(find: Redactor['find']): Piece[] {
    return [...this.#blocks].flatMap(([block, said]) => {
      const offset = said.taken.length;
      const text = said.take(find);
      return text === '' ? [] : [{ block, ...said.what, offset, text }];
    });
  }

  /** All that was taken so far, again. */
  taken(): Piece[] {
    return [...this.#blocks].flatMap(([block, { what, taken }]) =>
      taken === '' ? [] : [{ block, ...what, offset: 0, text: taken }],
    );
  }

  #begin(index: number, block: Anthropic.ContentBlock): void {
    // What a model thinks is not part of what it says.
    if (block.type === 'text') this.#blocks.set(index, new BlockText({ kind: 'text' }, block.text));
    if (block.type === 'tool_use') {
      this.#blocks.set(index, new BlockText({ kind: 'tool', tool: block.name }));
    }
  }
}

function textOf(delta: Anthropic.RawContentBlockDelta): string {
  if (delta.type === 'text_delta') return delta.text;
  return delta.type === 'input_json_delta' ? delta.partial_json : '';
}

/** No secret is longer than its longest shape, but for a private key: that one is known from its first line on. */
const MAX_SECRET = 512;
/** A known secret of some words is not said before its last one. */
const MIN_HELD_BACK = 64;
/** How far before a secret that is, by which it is known: the name that it is assigned to, the rest of an address. */
const CONTEXT = 1_024;

/** One block, as far as it has come. What might become a secret is held back until it is clear, or the block ends. */
class BlockText {
  /** What was said of it, masks in the place of secrets. */
  taken = '';
  /** How far into the text that is. */
  #at = 0;
  #ended = false;

  constructor(
    readonly what: Pick<Piece, 'kind' | 'tool'>,
    private text = '',
  ) {}

  add(words: string): void {
    this.text += words;
  }

  end(): void {
    this.#ended = true;
  }

  take(find: Redactor['find']): string {
    const end = this.#ended ? this.text.length : settledEnd(this.text);
    if (end <= this.#at) return '';
    const from = Math.max(0, this.#at - CONTEXT);
    let said = '';
    for (const { start, end: stop, name } of find(this.text.slice(from))) {
      const [begins, ends] = [from + start, from + stop];
      if (ends <= this.#at || begins >= end) continue;
      said += this.text.slice(this.#at, Math.max(this.#at, begins));
      this.#at = Math.max(this.#at, begins);
      // It may go on: until its end is here, nothing after its beginning is said.
      if (ends > end) return this.#take(said);
      said += `[masked:${name}]`;
      this.#at = ends;
    }
    said += this.text.slice(this.#at, end);
    this.#at = end;
    return this.#take(said);
  }

  #take(said: string): string {
    this.taken += said;
    return said;
  }
}

/** Up to where a text is settled, whatever follows: secrets hold no white space, so that the last word may be one. */
function settledEnd(text: string): number {
  const latest = text.length - MIN_HELD_BACK;
  for (let at = latest; at > 0 && at > latest - MAX_SECRET; at -= 1) {
    if (/\s/.test(text.charAt(at - 1))) return at;
  }
  return Math.max(0, latest - MAX_SECRET);
}
