/** The span of one workflow, as workflow code reports it through a sink. Types only: workflow code imports them. */
import type { Sinks } from '@temporalio/workflow';

/** The span of a workflow, in the formats of a trace context. */
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

/** The sinks through which workflows report their spans. */
export interface SpanSinks extends Sinks {
  readonly spans: { ended(span: WorkflowSpan): void };
}
