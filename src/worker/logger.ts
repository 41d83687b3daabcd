import { inspect } from 'node:util';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { maskedLog } from '../secrets/masked-log.js';

/** The log of a worker: a line for each entry, on stderr. */
export function workerLogger(): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, timestampNanos, meta }: LogEntry) => {
    const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const more = meta === undefined ? '' : ` ${inspect(meta)}`;
    maskedLog.write(`${at} [${level}] ${message}${more}\n`);
  });
}
