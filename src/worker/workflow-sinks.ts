import type { InjectedSinks } from '@temporalio/worker';
import { NO_SPANS } from '../tracing/workflow-spans.js';
import type { SpanSinks } from '../tracing/workflow-span.js';
import type { Tracing } from '../tracing/temporal-tracing.js';
import type { LeadSinks } from '../workflows/hold-tasks.js';
import type { TaskHold } from './task-hold.js';

/**
 * The sinks that workflows call.
 * @param holdTasks holds back the activities of tasks; does nothing where there are none, as in a replay of kept histories
 */
export function workflowSinks(
  tracing: Pick<Tracing, 'sinks'> | null = null,
  holdTasks: TaskHold['hold'] = () => undefined,
): InjectedSinks<SpanSinks & LeadSinks> {
  return {
    ...(tracing?.sinks ?? NO_SPANS),
    worker: { holdTasks: { fn: (_, ms) => holdTasks(ms), callDuringReplay: true } },
  };
}
