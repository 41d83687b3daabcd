/**
 * Pieces of an answer on their way from the worker that hears it to whoever watches its task: what the notifier and a
 * worker say to each other over a WebSocket. All of it may be lost, and nothing is kept.
 */
import { z } from 'zod';
import { modelDeltaSchema } from './contract.js';
import { ID_PATTERN, runId, taskId } from './ids.js';

/** Where a notifier takes pieces from workers. */
export const DELTAS_PATH = '/deltas';

/** The longest that a message may be: a whole answer at its limit, every character escaped. */
export const MAX_DELTAS_BYTES = 1024 * 1024;

/** One watching: a client that looks at a task. */
const watch = z.int().nonnegative();

/** From the notifier to each of its workers. */
export const watchMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('watch'),
    watch,
    runId: z
      .string()
      .regex(ID_PATTERN)
      .transform((text) => runId(text)),
    taskId: z
      .string()
      .regex(ID_PATTERN)
      .transform((text) => taskId(text)),
  }),
  z.object({ type: z.literal('unwatch'), watch }),
]);
export type WatchMessage = z.output<typeof watchMessage>;

/** From a worker to its notifier. */
export const deltaMessage = z.discriminatedUnion('type', [
  /** Answer to `watch`: what was said of the task's answer so far, for this watching only. What comes now follows it. */
  z.object({ type: z.literal('so-far'), watch, deltas: z.array(modelDeltaSchema) }),
  /** For all that watch its task, and had their `so-far`. */
  z.object({ type: z.literal('delta'), delta: modelDeltaSchema }),
]);
export type DeltaMessage = z.output<typeof deltaMessage>;
