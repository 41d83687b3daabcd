import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { SpanRecorder } from './spans.js';
import type { SpanSinks } from './workflow-span.js';

/** The tracing of a process: its recorder, and its interceptors and sinks for Temporal. */
export interface Tracing {
  readonly recorder: SpanRecorder;
  readonly client: WorkflowClientInterceptor;
  readonly activity: ActivityInterceptorsFactory;
  /** The sinks through which the spans of workflows leave the workflow sandbox. */
  readonly sinks: InjectedSinks<SpanSinks>;
  /** Exports the remaining spans, within a limit that a process's end can wait for. */
  close(): Promise<void>;
}
