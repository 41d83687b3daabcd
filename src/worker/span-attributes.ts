import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { z } from 'zod';
import { addSpanAttributes } from '../tracing/spans.js';

/** The common keys of the activities' inputs. */
const subject = z.object({
  runId: z.string(),
  taskId: z.string().optional(),
  attempt: z.number().optional(),
});

/** Adds an activity's run, task and attempt to each line of its log and to its span. */
export const activityAttributes: ActivityInterceptorsFactory = () => {
  let about: Readonly<Record<string, string | number>> = {};
  return {
    inbound: {
      execute: (input, next) => {
        about = aboutOf(input.args[0]);
        addSpanAttributes(spanAttributes(about));
        return next(input);
      },
    },
    outbound: {
      getLogAttributes: (input, next) => next({ ...input, ...about }),
    },
  };
};

function aboutOf(input: unknown): Record<string, string | number> {
  const parsed = subject.safeParse(input);
  if (!parsed.success) return {};
  const { runId, taskId, attempt } = parsed.data;
  return {
    run: runId,
    ...(taskId !== undefined && { task: taskId }),
    ...(attempt !== undefined && { attempt }),
  };
}

/** The same attributes, under the names that spans use. */
function spanAttributes(about: Readonly<Record<string, string | number>>): Record<string, string | number> {
  return Object.fromEntries(Object.entries(about).map(([name, value]) => [`leadwright.${name}`, value]));
}
