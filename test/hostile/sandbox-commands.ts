/** What a hostile test and the process that runs its commands say to each other. */
import { z } from 'zod';

const orderShape = z.object({
  command: z.string(),
  /** The commit's files. */
  files: z.record(z.string(), z.string()),
  limits: z.record(z.string(), z.number()),
  timeoutMs: z.number(),
  /** The plan's. */
  setup: z.string().nullable(),
});
export type Order = z.infer<typeof orderShape>;

const replyShape = z.object({
  ended: z.string(),
  exitCode: z.number().nullable(),
  output: z.string(),
  passed: z.boolean(),
  reason: z.string(),
  gaps: z.array(z.string()).readonly(),
});
export type Reply = z.infer<typeof replyShape>;

export const parseOrder = (line: string): Order => orderShape.parse(JSON.parse(line));
export const parseReply = (line: string): Reply => replyShape.parse(JSON.parse(line));
