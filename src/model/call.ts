import type Anthropic from '@anthropic-ai/sdk';
import { APIError } from '@anthropic-ai/sdk/error';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { withBreakpoints, type CacheLifetime } from './cache-breakpoints.js';
import { openClient } from './clouds/open-client.js';
import { providerOf, type ModelEndpoint } from './endpoint.js';
import { limitsOf, modelIdAt } from './known-models.js';
import { providerFacts } from './providers.js';
import { isPrefixMismatch } from './failures.js';
import { refusalWords } from './refusal.js';
import { isRecord } from '../shared/is-record.js';
import { untilAborted } from '../shared/async/until-aborted.js';
import type { ModelRequest } from './request.js';
import { MessageAssembly, parseWholeMessage, type CollectedMessage } from './collect.js';
import { isStreamEvent } from './stream-events.js';
import type { TokenUsage } from './prices.js';
import { boundedBody, silent, WireError, wireErrorOf } from './wire.js';

/** A complete answer, whatever its stop reason. */
export interface ModelAnswer {
  readonly content: Anthropic.ContentBlock[];
  readonly stopReason: Anthropic.StopReason;
  /** What the provider says about a refusal; null when it says nothing, and for any other answer. */
  readonly refusal: string | null;
  readonly usage: TokenUsage;
  readonly ms: number;
}

/** The call exceeded `timeout.generate`. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout';
}

interface CallLimits {
  /** Limit on the answer, thinking included, in tokens. */
  readonly maxTokens: number;
  /** Cancels the HTTP request when aborted. */
  readonly signal: AbortSignal;
  /** Limit on the whole call, from sending the request to the end of the answer. */
  readonly timeoutMs: number;
  /** The longest silence: before the answer begins, and between its parts. */
  readonly silenceMs?: number;
  /** How long the provider keeps the prompt; five minutes when left out. */
  readonly cacheLifetime?: CacheLifetime;
  /** Called with each event of the answer as it arrives. */
  readonly onEvent?: (event: Anthropic.RawMessageStreamEvent) => void;
}

/**
 * Makes one call of the Messages API. The answer is streamed, so that the idle timeout of a proxy does not cut off a
 * long answer.
 * @throws CallTimeout, the signal's reason, or an error that classifyFailure knows
 */
export async function callModel(
  endpoint: ModelEndpoint,
  request: ModelRequest,
  { maxTokens, timeoutMs, signal, cacheLifetime = '5m', onEvent, ...rest }: CallLimits,
): Promise<ModelAnswer> {
  const { silenceMs = defaultSilenceMs(timeoutMs) } = rest;
  const started = Date.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  const disconnect = new AbortController();
  const wire = {
    signal: AbortSignal.any([signal, timeout, disconnect.signal]),
    ...{ maxTokens, silenceMs, cacheLifetime, onEvent, disconnect },
  };
  try {
    const message = await requestMessage(endpoint, request, wire);
    // A complete message without a stop reason was cut off by the server.
    const stopReason = message.stop_reason ?? 'max_tokens';
    return {
      content: message.content,
      stopReason,
      refusal: stopReason === 'refusal' ? refusalWords(message.stop_details) : null,
      usage: usageOf(message.usage),
      ms: Date.now() - started,
    };
  } catch (error) {
    signal.throwIfAborted();
    // The SDK builds the URL before it calls fetch, and an invalid one is a TypeError with a code.
    if (error instanceof TypeError && 'code' in error) throw wireErrorOf(error);
    if (timeout.aborted) {
      throw new CallTimeout(`no whole answer within ${Math.round((Date.now() - started) / 1000)} s`);
    }
    throw error;
  }
}

/**
 * Default of `silenceMs`: a sixth of the call's timeout, but at least five minutes. Providers send pings while a model
 * thinks. A slow model on a server that sends none is silent while it reads a long prompt; the longer timeout that a plan
 * gives it also allows a longer silence.
 */
function defaultSilenceMs(timeoutMs: number): number {
  return Math.max(timeoutMs / 6, 300_000);
}

/** The connection of one call. */
interface OnWire {
  readonly onEvent: CallLimits['onEvent'];
  readonly signal: AbortSignal;
  readonly maxTokens: number;
  readonly silenceMs: number;
  readonly cacheLifetime: CacheLifetime;
  /** Closes the connection after the answer has arrived. */
  readonly disconnect: AbortController;
}

/** Sends the request and reads the message. @throws WireError or an APIError of the SDK */
async function requestMessage(
  endpoint: ModelEndpoint,
  request: ModelRequest,
  wire: OnWire,
): Promise<CollectedMessage> {
  const { features } = providerFacts(providerOf(endpoint));
  const client = await openClient(endpoint);
  const send = (body: Anthropic.MessageCreateParamsStreaming, headers?: Record<string, string>) =>
    withSilenceLimit(wire, (signal) => client.messages.create(body, { signal, headers }).asResponse());
  const sent = bodyOf(endpoint, request, wire);
  const response = await send(sent).catch((error: unknown) => {
    if (!features.blockBinding || !isPrefixMismatch(error)) throw error;
    return send({ ...sent, thinking: DROP_MISMATCHED }, BINDING_CONTROLS);
  });
  const body = boundedBody(response, { idleMs: wire.silenceMs, maxBytes: maxBytesOf(wire.maxTokens) });
  const message = isJson(response) ? await readWhole(body) : (await readEvents(body, wire)).finish();
  if (message === null) throw new WireError('answer', whyNoMessage(response));
  return message;
}

/**
 * The request as the provider takes it, without what its API lacks. Models that think are asked for a summary of it, which
 * some leave out otherwise.
 */
function bodyOf(
  endpoint: ModelEndpoint,
  { effort, ...request }: ModelRequest,
  { maxTokens, cacheLifetime }: OnWire,
): Anthropic.MessageCreateParamsStreaming {
  const provider = providerOf(endpoint);
  const { features } = providerFacts(provider);
  return {
    ...withBreakpoints(request, features.hourCache ? cacheLifetime : '5m'),
    model: modelIdAt(provider, request.model),
    max_tokens: maxTokens,
    ...(effort === undefined || !features.effort ? {} : { output_config: { effort } }),
    ...(limitsOf(request.model).thinksByDefault
      ? { thinking: { type: 'adaptive', display: 'summarized' } }
      : {}),
    stream: true,
  };
}

/**
 * Makes the API leave out thinking that it takes to belong to another conversation, instead of refusing the request. The
 * SDK does not know this field yet, and the API takes it only with the header.
 * Source: platform.claude.com/docs, "Preserved thinking".
 */
const BINDING_CONTROLS = { 'anthropic-beta': 'thinking-binding-controls-2026-08-01' };
const BLOCK_BINDING = { block_binding: { prefix_mismatch_behavior: 'drop_block' } } as const;
const DROP_MISMATCHED: Anthropic.ThinkingConfigAdaptive = {
  type: 'adaptive',
  display: 'summarized',
  ...BLOCK_BINDING,
};

/** Waits for the beginning of the response. @throws WireError when it is silent for too long */
async function withSilenceLimit<T>(
  { signal, silenceMs }: OnWire,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const ended = AbortSignal.any([signal, silence.signal]);
  try {
    // An SDK that fetches credentials before it sends does not listen to the signal meanwhile.
    return await untilAborted(send(ended), ended);
  } catch (error) {
    if (silence.signal.aborted && !signal.aborted) throw silent(silenceMs);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Bytes of the longest answer. A token is rarely over 100 bytes of text, and an event of its own takes up to 400: 130 as
 * the Messages API writes it, three times as much in Bedrock's frames. The rest is for pings, of 40 bytes each.
 */
function maxBytesOf(maxTokens: number): number {
  return 1024 * 1024 + 500 * maxTokens;
}

/** A web page, such as that of a login or a proxy, comes from an address that is not that of the API. */
function whyNoMessage(response: Response): string {
  return hasType(response, 'text/html')
    ? 'it was a web page (text/html): check the address of the API'
    : 'the answer broke off';
}

/** A server that does not stream sends the message as JSON. */
function isJson(response: Response): boolean {
  return hasType(response, 'application/json');
}

function hasType({ headers }: Response, type: string): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith(type) === true;
}

/** Reads an answer that is not streamed; null when it is no message. @throws WireError, or the provider's error */
async function readWhole(body: AsyncIterable<Uint8Array>): Promise<CollectedMessage | null> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  // Unlike toString, it leaves out a byte order mark.
  const answer = parsed(new TextDecoder().decode(Buffer.concat(chunks)));
  if (isRecord(answer) && answer['type'] === 'error') {
    throw new APIError(undefined, answer, undefined, undefined);
  }
  return parseWholeMessage(answer);
}

/** Reads the events of an answer, up to its end. @throws WireError, or the provider's error that is among them */
async function readEvents(body: AsyncGenerator<Uint8Array, void>, wire: OnWire): Promise<MessageAssembly> {
  try {
    return await readToEnd(body, wire);
  } catch (error) {
    // Its connection, and the timer that watches it, would stay.
    void body.return().catch(() => undefined);
    throw error;
  }
}

async function readToEnd(
  body: AsyncGenerator<Uint8Array, void>,
  { onEvent, disconnect }: OnWire,
): Promise<MessageAssembly> {
  const assembly = new MessageAssembly();
  const parser = createParser({
    onEvent: (message) => {
      const event = assembly.isComplete ? null : parseEvent(message);
      if (event === null) return;
      assembly.add(event);
      onEvent?.(event);
    },
  });
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await body.next();
    // A server may leave out the empty line after the last event.
    parser.feed(done === true ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }));
    if (done === true) return assembly;
    if (!assembly.isComplete) continue;
    // The answer is complete, however its connection ends.
    void drain(body, disconnect);
    return assembly;
  }
}

/** The event of a message; null when it is none of the answer's. @throws WireError, or the provider's error */
function parseEvent({ event: name, data }: EventSourceMessage): Anthropic.RawMessageStreamEvent | null {
  if (name === undefined || !EVENTS.includes(name) || data === '') return null;
  const event = parsed(data);
  if (name === 'error') throw new APIError(undefined, event ?? data, undefined, undefined);
  if (!isStreamEvent(event)) throw new WireError('answer', 'the response is not an event stream');
  return event;
}

/** Others, such as pings and those of a later version of the API or of a proxy, are to be ignored. */
const EVENTS: readonly string[] = [
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'error',
];

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Longest wait for the end of the stream after the answer is complete. The end normally follows at once. */
const DRAIN_MS = 1_000;

/** Reads the stream to its end, so that the next call can reuse the connection. Closes it when no end arrives. */
async function drain(rest: AsyncIterator<unknown>, disconnect: AbortController): Promise<void> {
  const timer = setTimeout(() => disconnect.abort(), DRAIN_MS).unref();
  try {
    while ((await rest.next()).done !== true);
  } catch {
    // The answer is complete, so an error no longer matters.
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the token counts. A missing or invalid count is 0: an answer that was paid for is not lost because of it. */
function usageOf(usage: Partial<Record<keyof Anthropic.Usage, unknown>> | undefined): TokenUsage {
  const written = countOf(usage?.cache_creation_input_tokens);
  return {
    inputTokens: countOf(usage?.input_tokens),
    outputTokens: countOf(usage?.output_tokens),
    cacheCreationInputTokens: written,
    cacheCreation1hInputTokens: Math.min(written, countOf(oneHourTokens(usage?.cache_creation))),
    cacheReadInputTokens: countOf(usage?.cache_read_input_tokens),
  };
}

/** The part of the written tokens that is kept for an hour. Servers without caching send no such object. */
function oneHourTokens(written: unknown): unknown {
  return typeof written === 'object' && written !== null && 'ephemeral_1h_input_tokens' in written
    ? written.ephemeral_1h_input_tokens
    : 0;
}

/** Upper limit on a token count, above anything a model reports, so that the sums fit into the database. */
const MAX_COUNT = 100_000_000;

function countOf(tokens: unknown): number {
  const valid = typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0;
  return valid ? Math.min(tokens, MAX_COUNT) : 0;
}
