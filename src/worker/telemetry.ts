import type { RuntimeOptions } from '@temporalio/worker';
import { nonEmpty, type Environment } from '../shared/config.js';
import { UsageError } from '../contract/errors.js';

/**
 * Reads LEADWRIGHT_TEMPORAL_METRICS (`address:port`), where a worker serves the metrics of Temporal's SDK to
 * Prometheus. Each worker on a machine needs its own port. The port needs no token.
 * @throws UsageError when the address is invalid
 */
export function readTemporalMetrics(env: Environment): Pick<RuntimeOptions, 'telemetryOptions'> {
  const bindAddress = nonEmpty(env['LEADWRIGHT_TEMPORAL_METRICS']);
  if (bindAddress === undefined) return {};
  if (!/^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d{1,5}$/i.test(bindAddress)) {
    throw new UsageError(
      `LEADWRIGHT_TEMPORAL_METRICS is ${JSON.stringify(bindAddress)}: expected address:port, such as 127.0.0.1:9464`,
    );
  }
  // Prometheus uses seconds by convention.
  return { telemetryOptions: { metrics: { prometheus: { bindAddress, useSecondsForDurations: true } } } };
}
