/**
 * Hands a run's trace on from its command to its workflows and their activities, and tells of each workflow as a span.
 * It wraps no promise and takes no random number, so that a history is the same with it and without: traces can be
 * switched on and off under open runs. (OpenTelemetry's interceptors for workflows change the order of commands.)
 */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import {
  proxySinks,
  workflowInfo,
  type WorkflowInterceptors,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import type { SpanSinks, WorkflowSpan } from '../tracing/workflow-span.js';

/** Where OpenTelemetry's interceptors of clients and activities put and look for it: a W3C trace context. */
const HEADER = '_tracer-data';

type Context = Pick<WorkflowSpan, 'traceId' | 'parentSpanId' | 'flags'>;

export const interceptors: WorkflowInterceptorsFactory = () => {
  const { spans } = proxySinks<SpanSinks>();
  const { runId, startTime } = workflowInfo();
  const spanId = spanIdOf(runId);
  let context: Context | null = null;
  let given: Headers = {};
  const below = (headers: Headers): Headers =>
    context === null ? headers : { ...headers, ...headerOf({ ...context, parentSpanId: spanId }) };
  return {
    inbound: [
      {
        execute: (input, next) => {
          context = contextOf(input.headers);
          if (context === null) return next(input);
          given = headerOf(context);
          const told = { ...context, spanId, startedAt: startTime.getTime() };
          const end = (isFailed: boolean) => spans.ended({ ...told, endedAt: Date.now(), isFailed });
          const running = next(input);
          // Beside the workflow, which waits for nothing of it.
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
        scheduleActivity: (input, next) => next({ ...input, headers: below(input.headers) }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: below(input.headers) }),
        // What goes on is no part of what ends.
        continueAsNew: (input, next) => next({ ...input, headers: { ...input.headers, ...given } }),
      },
    ],
  } satisfies WorkflowInterceptors;
};

/** Half of a workflow run's id, which is as random as a span's has to be: its last sixteen digits. */
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
