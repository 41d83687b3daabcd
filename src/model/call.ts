import type Anthropic from '@anthropic-ai/sdk';
import { Stream } from '@anthropic-ai/sdk/core/streaming';
import { clientFor } from './client.js';
import type { ModelEndpoint } from './endpoint.js';
import { assembleMessage, parseWholeMessage } from './collect.js';
import { isStreamEvent } from './stream-events.js';
import type { TokenUsage } from './prices.js';
import { withIdleTimeout, WireError, wireErrorOf } from './wire.js';

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

interface CallLimits {
  /** Cancels the HTTP request. */
  readonly signal: AbortSignal;
  /** Bounds the call on the wire. */
  readonly timeoutMs: number;
  /** How long an answer that has begun may stay silent. */
  readonly idleMs?: number;
  /** Told of each part of the answer as it comes. */
  readonly onEvent?: (event: Anthropic.RawMessageStreamEvent) => void;
}

/**
 * One call of the Messages API, streamed, so that an intermediary's idle limit does not cut a long answer.
 * @throws CallTimeout, the signal's reason, or what failureOf sorts
 */
export async function callModel(
  endpoint: ModelEndpoint,
  request: ModelRequest,
  { timeoutMs, signal, idleMs = idleLimit(timeoutMs), onEvent: heard }: CallLimits,
): Promise<ModelAnswer> {
  const started = Date.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  const letGo = new AbortController();
  const onWire = { signal: AbortSignal.any([signal, timeout, letGo.signal]), idleMs, heard, letGo };
  try {
    const message = await answered(endpoint, request, onWire);
    return {
      content: message.content,
      // A whole message without one was cut off.
      stopReason: message.stop_reason ?? 'max_tokens',
      usage: usageOf(message.usage),
      ms: Date.now() - started,
    };
  } catch (error) {
    signal.throwIfAborted();
    // The SDK makes the address before it asks fetch.
    if (error instanceof TypeError && 'code' in error) throw wireErrorOf(error);
    if (timeout.aborted) {
      throw new CallTimeout(`no whole answer within ${Math.round((Date.now() - started) / 1000)} s`);
    }
    throw error;
  }
}

/**
 * Providers send pings: an answer of which nothing comes for a minute has broken off. Who gives a slow model
 * more time than the usual five minutes gives its pauses more, too.
 */
function idleLimit(timeoutMs: number): number {
  return Math.max(timeoutMs / 4, 60_000);
}

/** One call on the wire. */
interface OnWire {
  readonly heard: CallLimits['onEvent'];
  readonly signal: AbortSignal;
  readonly idleMs: number;
  /** Ends the connection of an answer that has come. */
  readonly letGo: AbortController;
}

/** The whole message; nothing but a WireError or an error of the API's when there is none. */
async function answered(
  endpoint: ModelEndpoint,
  request: ModelRequest,
  onWire: OnWire,
): Promise<Anthropic.Message> {
  const client = clientFor(endpoint);
  const response = await client.messages
    .create(
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
      { signal: onWire.signal },
    )
    .asResponse();
  const body = withIdleTimeout(response, onWire.idleMs);
  const message = isJson(response)
    ? parseWholeMessage(await parsed(body))
    : assembleMessage(await eventsOf(body, client, onWire));
  if (message === null) throw new WireError('answer', 'the answer broke off');
  return message;
}

/** Servers that stream nothing give the message as it is. */
function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') === true;
}

async function parsed(body: Response): Promise<unknown> {
  const text = await body.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function eventsOf(
  body: Response,
  client: Anthropic,
  { heard, letGo }: OnWire,
): Promise<Anthropic.RawMessageStreamEvent[]> {
  const events: Anthropic.RawMessageStreamEvent[] = [];
  try {
    const stream = Stream.fromSSEResponse<unknown>(body, new AbortController(), client)[
      Symbol.asyncIterator
    ]();
    for (;;) {
      const next = await stream.next();
      if (next.done === true) return events;
      const event: unknown = next.value;
      if (!isStreamEvent(event)) throw new WireError('answer', 'what came is no event stream');
      events.push(event);
      heard?.(event);
      // It is whole, however its connection ends.
      if (event.type === 'message_stop') {
        void readOut(stream, letGo);
        return events;
      }
    }
  } catch (error) {
    // Events that are no JSON: something on the way garbled them.
    if (error instanceof SyntaxError) throw new WireError('answer', 'what came is no event stream');
    throw error;
  }
}

/** An end that is not there at once would only be waited for. */
const READ_OUT_MS = 1_000;

/** Reads an answer to its end, so that the next call has its connection; one that is not ended is cut. */
async function readOut(rest: AsyncIterator<unknown>, letGo: AbortController): Promise<void> {
  const cut = setTimeout(() => letGo.abort(), READ_OUT_MS).unref();
  try {
    while ((await rest.next()).done !== true);
  } catch {
    // The answer is there.
  } finally {
    clearTimeout(cut);
  }
}

/** What was paid for is not lost over its figures: those that a server leaves out, or gets wrong, count as none. */
function usageOf(usage: Partial<Record<keyof Anthropic.Usage, unknown>> | undefined): TokenUsage {
  return {
    inputTokens: countOf(usage?.input_tokens),
    outputTokens: countOf(usage?.output_tokens),
    cacheCreationInputTokens: countOf(usage?.cache_creation_input_tokens),
    cacheReadInputTokens: countOf(usage?.cache_read_input_tokens),
  };
}

/** More tokens than any model takes in a month: of these the record can hold the sum. */
const MOST_TOKENS = 100_000_000;

function countOf(tokens: unknown): number {
  const whole = typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0;
  return whole ? Math.min(tokens, MOST_TOKENS) : 0;
}
