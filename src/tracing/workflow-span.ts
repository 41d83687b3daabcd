/** The span of one workflow, as workflow code reports it through a sink. Types only: workflow code imports them. */
import type { Sinks } from '@temporalio/workflow';

/** A workflow as a span, in what a trace context has room for. */
export interface WorkflowSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly flags: string;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly isFailed: boolean;
}

/** Where workflows tell of themselves. */
export interface SpanSinks extends Sinks {
  readonly spans: { ended(span: WorkflowSpan): void };
}
