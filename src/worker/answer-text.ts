import type Anthropic from '@anthropic-ai/sdk';
import type { ModelDelta } from '../contract/events.js';
import type { Redactor } from '../redaction/redactor.js';

/** A piece of an answer: its text, and its position by block and offset. */
export type Piece = Pick<ModelDelta['data'], 'block' | 'kind' | 'tool' | 'offset' | 'text'>;

/** The text of an answer so far: words and tool inputs, block by block, with secrets redacted. */
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

  /** Takes the new text that is safe to send: text that may belong to a secret waits. */
  takeNew(find: Redactor['find']): Piece[] {
    return [...this.#blocks].flatMap(([block, blockText]) => {
      const offset = blockText.taken.length;
      const text = blockText.take(find);
      return text === '' ? [] : [{ block, ...blockText.header, offset, text }];
    });
  }

  /** All text that was taken so far, from the beginning. */
  taken(): Piece[] {
    return [...this.#blocks].flatMap(([block, { header, taken }]) =>
      taken === '' ? [] : [{ block, ...header, offset: 0, text: taken }],
    );
  }

  #begin(index: number, block: Anthropic.ContentBlock): void {
    // Thinking blocks are not part of the answer's text.
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

/**
 * Characters. The longest shape of a secret, except for private keys, which are recognised from their first line on.
 */
const MAX_SECRET = 512;
/** Characters. The last ones wait, because they may begin a known secret of several words. */
const MIN_HELD_BACK = 64;
/** Characters before a secret that help to recognise it: the name that it is assigned to, the rest of a URL. */
const CONTEXT = 1_024;

/** One block so far. Text that may belong to a secret is held back until that is decided, or the block ends. */
class BlockText {
  /** The text taken so far, with markers in place of secrets. */
  taken = '';
  /** The position in the original text up to which it was taken. */
  #at = 0;
  #ended = false;

  constructor(
    readonly header: Pick<Piece, 'kind' | 'tool'>,
    private text = '',
  ) {}

  add(text: string): void {
    this.text += text;
  }

  end(): void {
    this.#ended = true;
  }

  take(find: Redactor['find']): string {
    const end = this.#ended ? this.text.length : settledEnd(this.text);
    if (end <= this.#at) return '';
    const from = Math.max(0, this.#at - CONTEXT);
    let taken = '';
    for (const { start, end: stop, name } of find(this.text.slice(from))) {
      const [begins, ends] = [from + start, from + stop];
      if (ends <= this.#at || begins >= end) continue;
      taken += this.text.slice(this.#at, Math.max(this.#at, begins));
      this.#at = Math.max(this.#at, begins);
      // The secret may continue: nothing after its beginning is taken until its end has arrived.
      if (ends > end) return this.#append(taken);
      taken += `[redacted:${name}]`;
      this.#at = ends;
    }
    taken += this.text.slice(this.#at, end);
    this.#at = end;
    return this.#append(taken);
  }

  #append(text: string): string {
    this.taken += text;
    return text;
  }
}

/**
 * The position before which no later text can complete a secret: the beginning of a word, as secrets have no spaces.
 */
function settledEnd(text: string): number {
  const latest = text.length - MIN_HELD_BACK;
  for (let at = latest; at > 0 && at > latest - MAX_SECRET; at -= 1) {
    if (/\s/.test(text.charAt(at - 1))) return at;
  }
  return Math.max(0, latest - MAX_SECRET);
}
