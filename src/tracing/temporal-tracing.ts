import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { SpanRecorder } from './spans.js';
import type { SpanSinks } from './workflow-span.js';

/** What a process that keeps spans puts between itself and Temporal. */
export interface Tracing {
  readonly recorder: SpanRecorder;
  readonly client: WorkflowClientInterceptor;
  readonly activity: ActivityInterceptorsFactory;
  /** Where the spans of workflows leave their sandbox. */
  readonly sinks: InjectedSinks<SpanSinks>;
  /** Sends what is left, for as long as that may take at a process's end. */
  close(): Promise<void>;
}
