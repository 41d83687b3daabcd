/** Traces of runs, for whoever has somewhere to send them. Off, and not even loaded, unless they say where. */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import { nonEmpty, type Environment } from '../shared/config.js';
import type { SpanSinks } from '../workflows/trace.js';
import { recordSpans, type SpanRecorder } from './spans.js';

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

let tracing: Promise<Tracing | null> | undefined;

/** This process's tracing, begun when it is first asked for; null when none is wanted. */
export function tracingOf(env: Environment, service: string): Promise<Tracing | null> {
  tracing ??= begin(env, service);
  return tracing;
}

async function begin(env: Environment, service: string): Promise<Tracing | null> {
  if (!wantsTraces(env)) return null;
  const { openTelemetry } = await import('./open-telemetry.js');
  const begun = openTelemetry(nonEmpty(env['OTEL_SERVICE_NAME']) ?? service);
  recordSpans(begun.recorder);
  return begun;
}

/** By the variables that OpenTelemetry itself reads: an endpoint, and nothing that turns them off. */
export function wantsTraces(env: Environment): boolean {
  const endpoint =
    nonEmpty(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) ?? nonEmpty(env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  return (
    endpoint !== undefined && env['OTEL_SDK_DISABLED'] !== 'true' && env['OTEL_TRACES_EXPORTER'] !== 'none'
  );
}
