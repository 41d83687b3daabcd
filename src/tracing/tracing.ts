/** Traces of runs. They are off, and their packages not even loaded, unless the environment names an endpoint. */
import { nonEmpty, type Environment } from '../shared/config.js';
import { setSpanRecorder } from './spans.js';
import type { Tracing } from './temporal-tracing.js';

let tracing: Promise<Tracing | null> | undefined;

/** Starts this process's tracing at the first call and returns it; null when traces are off. */
export function startTracing(env: Environment, service: string): Promise<Tracing | null> {
  tracing ??= begin(env, service);
  return tracing;
}

async function begin(env: Environment, service: string): Promise<Tracing | null> {
  if (!wantsTraces(env)) return null;
  const { startOpenTelemetry } = await import('./open-telemetry.js');
  const started = startOpenTelemetry(service);
  setSpanRecorder(started.recorder);
  return started;
}

/** Whether OpenTelemetry's own variables name an endpoint and do not turn traces off. */
export function wantsTraces(env: Environment): boolean {
  const endpoint =
    nonEmpty(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) ?? nonEmpty(env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  return (
    endpoint !== undefined && env['OTEL_SDK_DISABLED'] !== 'true' && env['OTEL_TRACES_EXPORTER'] !== 'none'
  );
}
