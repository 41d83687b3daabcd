/** What the benchmark and its plain runner say to each other: one line of JSON each. */
import { z } from 'zod';

export const plainRequest = z.object({
  repository: z.string(),
  modules: z.int(),
  concurrency: z.int(),
  modelUrl: z.string(),
  model: z.string(),
});
export type PlainRequest = z.infer<typeof plainRequest>;

export const plainReply = z.object({ seconds: z.number(), passed: z.int() });
export type PlainReply = z.infer<typeof plainReply>;
