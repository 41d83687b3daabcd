import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import pino from 'pino';
import { redactedLog } from '../redaction/redacted-log.js';

/** pino's name for each of Temporal's levels. */
const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Creates a worker's log: one line of JSON per entry, on stderr, with `run`, `task` and `attempt` if it belongs to one.
 * Activities add these attributes themselves (`span-attributes.ts`); for workflows they follow from the workflow id.
 */
export function workerLogger(to: pino.DestinationStream = redactedLog): DefaultLogger {
  const log = pino({ name: 'worker', serializers: { error: pino.stdSerializers.err } }, to);
  return new DefaultLogger('INFO', ({ level, message, meta }: LogEntry) => {
    log[LEVELS[level]]({ ...aboutWorkflow(meta?.['workflowId']), ...meta }, message);
  });
}

/** `leadwright/<run>`, `leadwright/<run>/<task>`, `leadwright/<run>/<task>/2`. */
function aboutWorkflow(workflowId: unknown): { readonly run?: string; readonly task?: string } {
  const [, run, task] =
    typeof workflowId === 'string' ? (/^leadwright\/([^/]+)(?:\/([^/]+))?/.exec(workflowId) ?? []) : [];
  return { ...(run !== undefined && { run }), ...(task !== undefined && { task }) };
}
