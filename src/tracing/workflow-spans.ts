/** Sinks that take workflows' spans out of the workflow sandbox. */
import type { InjectedSinks } from '@temporalio/worker';
import type { SpanSinks, WorkflowSpan } from './workflow-span.js';

/** For a worker without tracing: drops the spans of its workflows. */
export const NO_SPANS: InjectedSinks<SpanSinks> = createSpanSinks(() => undefined);

/** Creates sinks that call `keep` for each workflow that ends, but not when its history is replayed. */
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
