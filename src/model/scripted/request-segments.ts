/**
 * A request as the API reads it: one segment after the other (tools, system prompt, messages). Thinking is bound to the
 * segments before it, and the cache keeps prefixes of them. Pure.
 */
import { createHash } from 'node:crypto';
import { mergeRoles } from './conversation-rules.js';
import type { Block, CacheControl, MessagesRequest } from './scripted-request.js';

/** A token is about four characters of English or code. The estimate is good enough, because the model is free. */
const CHARACTERS_PER_TOKEN = 4;

export interface Segment {
  /** Undefined for a tool or a part of the system prompt. */
  readonly block?: Block;
  readonly tokens: number;
  /** The hash of the model, this segment and all before it. */
  readonly prefix: string;
  readonly cacheControl: CacheControl | null;
}

/** The number of tokens of a text. */
export function tokensOf(text: string): number {
  return Math.max(1, Math.round(text.length / CHARACTERS_PER_TOKEN));
}

/** The segments of a request. Messages count as if consecutive ones of a role were one, and strings were blocks. */
export function segmentsOf({ model, tools = [], system = [], messages }: MessagesRequest): Segment[] {
  const systemBlocks = typeof system === 'string' ? [{ type: 'text' as const, text: system }] : system;
  const parts = [
    ...tools.map((tool) => ({ part: tool, from: 'tools' })),
    ...systemBlocks.map((part) => ({ part, from: 'system' })),
    ...mergeRoles(messages).flatMap(({ role, blocks }) =>
      blocks.map((block) => ({ part: block, from: role, block })),
    ),
  ];
  let prefix = model;
  return parts.map(({ part: { cache_control, ...part }, from, ...rest }) => {
    const text = JSON.stringify(part);
    prefix = createHash('sha256').update(`${prefix}\n${from}\n${text}`).digest('hex');
    return { ...rest, tokens: tokensOf(text), prefix, cacheControl: cache_control ?? null };
  });
}
