import Anthropic from '@anthropic-ai/sdk';
import { clientFor } from './client.js';
import type { ModelEndpoint } from './endpoint.js';
import { collect } from './collect.js';
import type { TokenUsage } from './prices.js';

/** What is asked of the model: the conversation so far and the tools. */
export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly messages: Anthropic.MessageParam[];
  readonly tools: Anthropic.Tool[];
}

/** A whole answer, whatever its stop reason. */
export interface ModelAnswer {
  readonly content: Anthropic.ContentBlock[];
  readonly stopReason: Anthropic.StopReason;
  readonly usage: TokenUsage;
  readonly ms: number;
}

/**
 * The most one answer may hold, in tokens: several whole files, and still well under what the current models
 * can give (64,000 and more).
 */
export const MAX_TOKENS = 32_000;

/** The call's own time was over: `timeout.generate`. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout';
}

/**
 * One call of the Messages API, streamed, so that an intermediary's idle limit does not cut a long answer.
 * `signal` cancels the HTTP request; `timeoutMs` bounds it on the wire.
 * @throws CallTimeout, the signal's reason, or what the SDK throws (see failures.ts)
 */
export async function callModel(
  endpoint: ModelEndpoint,
  request: ModelRequest,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ModelAnswer> {
  const started = Date.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const stream = await clientFor(endpoint).messages.create(
      {
        model: request.model,
        max_tokens: MAX_TOKENS,
        system: request.system,
        messages: request.messages,
        tools: request.tools,
        // Each turn repeats the whole conversation: read from the provider's cache it costs a tenth.
        cache_control: { type: 'ephemeral' },
        stream: true,
      },
      { signal: AbortSignal.any([signal, timeout]) },
    );
    const events: Anthropic.RawMessageStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    const message = collect(events);
    if (message === null) throw new Anthropic.APIConnectionError({ message: 'the answer broke off' });
    return {
      content: message.content,
      // A whole message without one was cut off.
      stopReason: message.stop_reason ?? 'max_tokens',
      usage: usageOf(message.usage),
      ms: Date.now() - started,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted || isSilence(error)) {
      throw new CallTimeout(`no whole answer within ${Math.round((Date.now() - started) / 1000)} s`);
    }
    throw error;
  }
}

/**
 * Node's fetch gives up by itself after five minutes without a byte: for a longer limit that is the same as
 * its being over, since a provider that works sends pings.
 */
function isSilence(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (
      'code' in cause &&
      (cause.code === 'UND_ERR_HEADERS_TIMEOUT' || cause.code === 'UND_ERR_BODY_TIMEOUT')
    ) {
      return true;
    }
  }
  return false;
}

function usageOf(usage: Anthropic.Usage): TokenUsage {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheCreationInputTokens: usage.cache_creation_input_tokens ?? 0,
    cacheReadInputTokens: usage.cache_read_input_tokens ?? 0,
  };
}
