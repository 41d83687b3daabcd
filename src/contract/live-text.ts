/**
 * Live text: pieces of a model's answer while it is being received, from the worker to the clients that watch its task.
 * These are the messages between a worker and the server (notifier) over a WebSocket. Any of them may be lost, and
 * nothing is kept.
 */
import { z } from 'zod';
import { modelDeltaSchema } from './events.js';
import { ID_PATTERN, runId, taskId } from './ids.js';

/** The server's WebSocket endpoint for workers. */
export const LIVE_TEXT_PATH = '/deltas';

/** The longest message: a whole answer at its limit with every character escaped. */
export const MAX_LIVE_TEXT_BYTES = 1024 * 1024;

/** The number of a watch: one client that watches one task. */
const watch = z.int().nonnegative();

/** From the server to each worker. */
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

/** From a worker to the server. */
export const liveTextMessage = z.discriminatedUnion('type', [
  /** Reply to `watch`: the text of the task's answer so far, for this watch only. Later text continues it. */
  z.object({ type: z.literal('so-far'), watch, deltas: z.array(modelDeltaSchema) }),
  /** For all watches of its task that have had their `so-far`. */
  z.object({ type: z.literal('delta'), delta: modelDeltaSchema }),
]);
export type LiveTextMessage = z.output<typeof liveTextMessage>;
