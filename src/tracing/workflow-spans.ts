/** Workflows' spans on their way out of the sandbox that workflows run in. */
import type { InjectedSinks } from '@temporalio/worker';
import type { SpanSinks, WorkflowSpan } from './workflow-span.js';

/** Of a worker that keeps none: what a run's workflows tell is not kept. */
export const NO_SINKS: InjectedSinks<SpanSinks> = createSpanSinks(() => undefined);

/** Tells of each workflow that ends, with its type; not again when its history is replayed. */
export function createSpanSinks(
  keep: (workflow: { readonly type: string; readonly id: string }, span: WorkflowSpan) => void,
): InjectedSinks<SpanSinks> {
  return {
    spans: {
      ended: {
        fn: ({ workflowType, workflowId }, span) => keep({ type: workflowType, id: workflowId }, span),
        callDuringReplay: false,
      },
    },
  };
}
