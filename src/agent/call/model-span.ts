/**
 * A model call as a span, by OpenTelemetry's semantic conventions for generative AI. It holds nothing of the
 * conversation.
 */
import type { ModelAnswer } from '../../model/call.js';
import { hostOf, providerOf } from '../../model/endpoint.js';
import { providerFacts } from '../../model/providers.js';
import type { ReservedCall } from './reserve-call.js';
import type { NewSpan, SpanAttributes } from '../../tracing/spans.js';
import type { TurnInput } from '../../contract/payloads.js';

/** The span before the call. */
export function modelSpan(
  { endpoint, request: { request }, maxTokens }: ReservedCall,
  { runId, taskId, attempt, turn }: TurnInput,
): NewSpan {
  return {
    name: `chat ${request.model}`,
    isRequest: true,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': providerFacts(providerOf(endpoint)).traceName,
      'gen_ai.request.model': request.model,
      'gen_ai.request.max_tokens': maxTokens,
      'server.address': hostOf(endpoint),
      'leadwright.run': runId,
      'leadwright.task': taskId,
      'leadwright.attempt': attempt,
      'leadwright.turn': turn,
    },
  };
}

/** What the answer adds. By the conventions, input includes the tokens read from the cache. */
export function answerAttributes({ usage, stopReason }: ModelAnswer): SpanAttributes {
  const { inputTokens, outputTokens, cacheCreationInputTokens, cacheReadInputTokens } = usage;
  return {
    'gen_ai.response.finish_reasons': [stopReason],
    'gen_ai.usage.input_tokens': inputTokens + cacheCreationInputTokens + cacheReadInputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.usage.cache_creation.input_tokens': cacheCreationInputTokens,
    'gen_ai.usage.cache_read.input_tokens': cacheReadInputTokens,
  };
}
