/**
 * Where a request asks the provider to keep its prompt: after the system prompt, which follows the tools, and after the
 * last message. Each turn repeats the whole conversation; reading it from the cache costs a tenth or less.
 *
 * From a breakpoint, the provider looks back 20 blocks for what it keeps, and an answer with many calls adds more than
 * that. So the place of the previous request's last breakpoint is marked again. Breakpoints are no part of what is
 * compared. Source: platform.claude.com/docs, "Prompt caching". Pure.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { ModelRequest } from './request.js';

/**
 * How long the provider keeps a prompt after its last use: five minutes, or an hour at a higher price for writing.
 * Source: platform.claude.com/docs, "Prompt caching".
 */
export type CacheLifetime = '5m' | '1h';

/** After a longer wait, the next one would probably outlive five minutes, which a call must be sent within. */
const LONG_WAIT_MS = 4 * 60_000;

/** Chooses the lifetime by how long the conversation waited before this call. */
export function cacheLifetimeAfter(waitedMs: number): CacheLifetime {
  return waitedMs > LONG_WAIT_MS ? '1h' : '5m';
}

/** A request with its breakpoints. The content of its messages stays as it is. */
export function withBreakpoints(
  { model, system, messages, tools }: ModelRequest,
  lifetime: CacheLifetime,
): Pick<Anthropic.MessageCreateParams, 'model' | 'messages' | 'tools'> & {
  readonly system: Anthropic.TextBlockParam[];
} {
  const control = { type: 'ephemeral', ttl: lifetime } as const;
  const marked = [previousEnd(messages), messages.length - 1];
  return {
    model,
    ...(tools.length === 0 ? {} : { tools }),
    system: [{ type: 'text', text: system, cache_control: control }],
    messages: messages.map((message, index) =>
      marked.includes(index) ? withBreakpoint(message, control) : message,
    ),
  };
}

/** The index of the last message of the previous request, which is the one before its answer; negative when there is none. */
function previousEnd(messages: readonly Anthropic.MessageParam[]): number {
  return messages.findLastIndex(({ role }) => role === 'assistant') - 1;
}

/** Marks the last block that can have a breakpoint; thinking cannot. */
function withBreakpoint(
  message: Anthropic.MessageParam,
  control: Anthropic.CacheControlEphemeral,
): Anthropic.MessageParam {
  // No conversation of ours has such a message.
  if (message.role === 'system') return message;
  const { content } = message;
  if (typeof content === 'string') {
    return { ...message, content: [{ type: 'text', text: content, cache_control: control }] };
  }
  const at = content.findLastIndex(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
  return {
    ...message,
    content: content.map((block, index) => (index === at ? marked(block, control) : block)),
  };
}

function marked(
  block: Anthropic.ContentBlockParam,
  control: Anthropic.CacheControlEphemeral,
): Anthropic.ContentBlockParam {
  return block.type === 'thinking' || block.type === 'redacted_thinking'
    ? block
    : { ...block, cache_control: control };
}
