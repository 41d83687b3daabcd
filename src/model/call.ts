import type Anthropic from '@anthropic-ai/sdk';
import type { TokenUsage } from './prices.js';
import { clientFor, type ModelEndpoint } from './client.js';

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
  const stream = clientFor(endpoint).messages.stream(
    {
      model: request.model,
      max_tokens: MAX_TOKENS,
      system: request.system,
      messages: request.messages,
      tools: request.tools,
      // Each turn repeats the whole conversation: read from the provider's cache it costs a tenth.
      cache_control: { type: 'ephemeral' },
    },
    { signal: AbortSignal.any([signal, timeout]) },
  );
  try {
    const message = await stream.finalMessage();
    return {
      content: message.content,
      // A stream that ended without one was cut off.
      stopReason: message.stop_reason ?? 'max_tokens',
      usage: usageOf(message.usage),
      ms: Date.now() - started,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw new CallTimeout(`no whole answer within ${Math.round(timeoutMs / 1000)} s`);
    throw error;
  }
}

function usageOf(usage: Anthropic.Usage): TokenUsage {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheCreationInputTokens: usage.cache_creation_input_tokens ?? 0,
    cacheReadInputTokens: usage.cache_read_input_tokens ?? 0,
  };
}
