/** The messages between a hostile test and the process that runs its commands. */
import { z } from 'zod';

const requestSchema = z.object({
  command: z.string(),
  /** The commit's files. */
  files: z.record(z.string(), z.string()),
  limits: z.record(z.string(), z.number()),
  timeoutMs: z.number(),
  /** The `setup` command of the plan. */
  setup: z.string().nullable(),
  /** Whether `setup` has a network, and the hosts that the owner allows. */
  network: z.boolean(),
  allow: z.string(),
});
export type CommandRequest = z.infer<typeof requestSchema>;

const replySchema = z.object({
  /** `lost` when there is no result, because the launcher died. */
  ended: z.string(),
  exitCode: z.number().nullable(),
  output: z.string(),
  passed: z.boolean(),
  reason: z.string(),
  gaps: z.array(z.string()).readonly(),
});
export type CommandReply = z.infer<typeof replySchema>;

export const parseRequest = (line: string): CommandRequest => requestSchema.parse(JSON.parse(line));
export const parseReply = (line: string): CommandReply => replySchema.parse(JSON.parse(line));
