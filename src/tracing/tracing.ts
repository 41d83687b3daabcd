/** Traces of runs, for whoever has somewhere to send them. Off, and not even loaded, unless they say where. */
import { nonEmpty, type Environment } from '../shared/config.js';
import { setSpanRecorder } from './spans.js';
import type { Tracing } from './temporal-tracing.js';

let tracing: Promise<Tracing | null> | undefined;

/** This process's tracing, begun when it is first asked for; null when none is wanted. */
export function startTracing(env: Environment, service: string): Promise<Tracing | null> {
  tracing ??= begin(env, service);
  return tracing;
}

async function begin(env: Environment, service: string): Promise<Tracing | null> {
  if (!wantsTraces(env)) return null;
  const { startOpenTelemetry } = await import('./open-telemetry.js');
  const begun = startOpenTelemetry(nonEmpty(env['OTEL_SERVICE_NAME']) ?? service);
  setSpanRecorder(begun.recorder);
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
