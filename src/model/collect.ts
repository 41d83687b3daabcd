/** Assembles a message from the events of a stream, or reads one that came as a whole. */
import { randomUUID } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { blockSchema, stopReasonSchema } from './stream-events.js';

/** The fields of a message that Leadwright reads. */
export type CollectedMessage = MessageHead & Pick<Anthropic.Message, 'content'>;
type MessageHead = Pick<Anthropic.Message, 'stop_reason' | 'stop_details' | 'usage'>;

/**
 * Assembles a message while its events arrive, and keeps only what is read. The SDK's own helper fails on a tool call whose
 * input is not JSON. Here such an answer is accepted, so that the model can be told about the error.
 */
export class MessageAssembly {
  readonly #parts: Part[] = [];
  /** Null when the stream does not begin with the beginning of a message. */
  #head: MessageHead | null | undefined;
  #isComplete = false;

  /** Whether the end of the message has arrived. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  add(event: Anthropic.RawMessageStreamEvent): void {
    if (this.#head === undefined) this.#head = event.type === 'message_start' ? headOf(event.message) : null;
    switch (event.type) {
      case 'content_block_start':
        this.#parts[event.index] = new Part(event.content_block);
        break;
      case 'content_block_delta':
        this.#parts[event.index]?.extend(event.delta);
        break;
      case 'message_delta':
        if (this.#head !== null) applyDelta(this.#head, event);
        break;
      case 'message_stop':
        this.#isComplete = true;
        break;
      case 'message_start':
      case 'content_block_stop':
        break;
    }
  }

  /** The message; null when its beginning or its end is missing. */
  finish(): CollectedMessage | null {
    if (!this.#isComplete || this.#head === undefined || this.#head === null) return null;
    // Object.values skips the hole that a proxy leaves when it drops a part.
    return { ...this.#head, content: finishAll(Object.values(this.#parts)) };
  }
}

function headOf({ stop_reason, stop_details, usage }: Anthropic.Message): MessageHead {
  return { stop_reason, stop_details, usage: { ...usage } };
}

/** Takes over what an event reports about the whole message. */
function applyDelta(head: MessageHead, { delta, usage }: Partial<Anthropic.RawMessageDeltaEvent>): void {
  // An event that only reports usage has no delta.
  head.stop_reason = delta?.stop_reason ?? head.stop_reason;
  head.stop_details = delta?.stop_details ?? head.stop_details;
  // Totals for the whole message. Totals that do not apply are left out, or 0.
  Object.assign(head.usage, givenTotals(usage));
}

const messageSchema = z.looseObject({
  type: z.literal('message'),
  content: z.array(blockSchema),
  stop_reason: stopReasonSchema.nullable(),
});

/** Parses the message of a server that answered with JSON instead of a stream; null when it is not a message. */
export function parseWholeMessage(answer: unknown): CollectedMessage | null {
  if (!isMessage(answer)) return null;
  return { ...headOf(answer), content: finishAll(answer.content.map((block) => new Part(block))) };
}

function isMessage(answer: unknown): answer is Anthropic.Message {
  return messageSchema.safeParse(answer).success;
}

/**
 * The blocks of a message. Each call has an id of its own: results go by it, and some servers give none, or one to several
 * calls.
 */
function finishAll(parts: readonly Part[]): Anthropic.ContentBlock[] {
  const ids = new Set(['']);
  return parts.map((part) => {
    const block = part.finish();
    if (block.type !== 'tool_use') return block;
    const id = ids.has(block.id) ? `toolu_${randomUUID()}` : block.id;
    ids.add(id);
    return { ...block, id };
  });
}

/** A block of a message. The pieces of its text are joined once, at its end. */
class Part {
  readonly #block: Anthropic.ContentBlock;
  readonly #text: string[] = [];
  readonly #thinking: string[] = [];
  /** The JSON text of a tool call's input. */
  readonly #json: string[] = [];
  #signature: string | undefined;

  constructor(block: Anthropic.ContentBlock) {
    this.#block = { ...block };
    for (const [field, value] of Object.entries(block)) {
      // A field that Leadwright does not know is sent back as it came, if it can be stored.
      if (isDeeperThan(value, MAX_DEPTH)) Reflect.deleteProperty(this.#block, field);
    }
  }

  extend(delta: Anthropic.RawContentBlockDelta): void {
    switch (delta.type) {
      case 'text_delta':
        this.#text.push(delta.text);
        break;
      case 'thinking_delta':
        this.#thinking.push(delta.thinking);
        break;
      case 'signature_delta':
        this.#signature = delta.signature;
        break;
      case 'input_json_delta':
        this.#json.push(delta.partial_json);
        break;
      case 'citations_delta':
        break;
    }
  }

  finish(): Anthropic.ContentBlock {
    const block = this.#block;
    switch (block.type) {
      case 'text':
        return { ...block, text: block.text + this.#text.join('') };
      case 'thinking': {
        const signature = this.#signature === undefined ? {} : { signature: this.#signature };
        return { ...block, thinking: block.thinking + this.#thinking.join(''), ...signature };
      }
      case 'tool_use': {
        const json = this.#json.join('');
        return { ...block, input: json === '' ? inputOf(block.input, '') : inputOf(parseJson(json), json) };
      }
      default:
        return block;
    }
  }
}

/** The totals that are present: some servers send none, and some send 0 for what the beginning of the message has counted. */
function givenTotals(usage: Anthropic.MessageDeltaUsage | undefined): Partial<Anthropic.Usage> {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, total]) => total !== null && total !== 0));
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The text was cut off, or is not JSON.
    return null;
  }
}

/** The key that holds the text of an input which is not a JSON object. No tool's schema has it. */
export const NOT_A_JSON_OBJECT = 'not_a_json_object';

/** Returns an object in any case: the API accepts no other input. */
function inputOf(input: unknown, json: string): object {
  const usable =
    typeof input === 'object' && input !== null && !Array.isArray(input) && !isDeeperThan(input, MAX_DEPTH);
  return usable ? input : { [NOT_A_JSON_OBJECT]: json };
}

/**
 * Limit on nesting. PostgreSQL's parser fails at some thousand levels, and an unstorable answer would be paid for
 * again.
 */
const MAX_DEPTH = 100;

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
