/**
 * Passes the trace context from the command to the workflows and their activities, and reports each workflow as a span.
 * It wraps no promise and uses no random numbers, so a workflow's history is the same with and without it and tracing
 * can be switched while runs are open. (OpenTelemetry's own workflow interceptors change the order of commands.)
 */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import {
  proxySinks,
  workflowInfo,
  type WorkflowInterceptors,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import type { SpanSinks, WorkflowSpan } from '../tracing/workflow-span.js';

/** The header that OpenTelemetry's interceptors for clients and activities use. It holds a W3C trace context. */
const HEADER = '_tracer-data';

type Context = Pick<WorkflowSpan, 'traceId' | 'parentSpanId' | 'flags'>;

export const interceptors: WorkflowInterceptorsFactory = () => {
  const { spans } = proxySinks<SpanSinks>();
  const { runId, startTime } = workflowInfo();
  const spanId = spanIdOf(runId);
  let context: Context | null = null;
  let received: Headers = {};
  const withParent = (headers: Headers): Headers =>
    context === null ? headers : { ...headers, ...headerOf({ ...context, parentSpanId: spanId }) };
  return {
    inbound: [
      {
        execute: (input, next) => {
          context = contextOf(input.headers);
          if (context === null) return next(input);
          received = headerOf(context);
          const span = { ...context, spanId, startedAt: startTime.getTime() };
          const end = (isFailed: boolean) => spans.ended({ ...span, endedAt: Date.now(), isFailed });
          const running = next(input);
          // The workflow does not wait for the report.
          void running.then(
            () => end(false),
            () => end(true),
          );
          return running;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: withParent(input.headers) }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: withParent(input.headers) }),
        // The new execution is no child of this one: it has the same parent.
        continueAsNew: (input, next) => next({ ...input, headers: { ...input.headers, ...received } }),
      },
    ],
  } satisfies WorkflowInterceptors;
};

/** The last sixteen digits of a workflow's run id: deterministic, and random enough for a span id. */
function spanIdOf(runId: string): string {
  return runId.replaceAll('-', '').slice(-16);
}

function contextOf(headers: Headers): Context | null {
  const payload = headers[HEADER];
  if (payload === undefined) return null;
  const carrier: unknown = defaultPayloadConverter.fromPayload(payload);
  const parent =
    typeof carrier === 'object' && carrier !== null && 'traceparent' in carrier ? carrier.traceparent : null;
  const [, traceId, parentSpanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(parent)) ?? [];
  return traceId === undefined || parentSpanId === undefined || flags === undefined
    ? null
    : { traceId, parentSpanId, flags };
}

function headerOf({ traceId, parentSpanId, flags }: Context): Headers {
  return {
    [HEADER]: defaultPayloadConverter.toPayload({ traceparent: `00-${traceId}-${parentSpanId}-${flags}` }),
  };
}
