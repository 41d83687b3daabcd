import { Hono } from 'hono';
import { z } from 'zod';
import { UsageError } from '../../contract/errors.js';
import { UnknownCommitError } from '../../git/process/git-errors.js';
import { query, taskParams } from '../middleware/input.js';
import { Refused } from '../refusal.js';
import { json } from '../responses.js';
import type { DiffOf } from '../read-queries.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

const number = z
  .string()
  .regex(/^[1-9]\d{0,5}$/)
  .transform(Number)
  .optional();
const diffQuery = z
  .object({ attempt: number, from: z.literal('start').optional(), turn: number })
  .refine(
    ({ attempt, from, turn }) =>
      (attempt === undefined || turn === undefined) && (from === undefined || attempt !== undefined),
  );

/**
 * `GET /api/runs/R/tasks/T/diff`: what the task changed; with `?attempt=N` what an attempt changed (with `&from=start`
 * since the task's start), with `?turn=N` what a turn changed in the draft.
 */
export const taskDiffRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get(
    '/api/runs/:run/tasks/:task/diff',
    taskParams(),
    query(diffQuery, {
      status: 400,
      detail: 'The query is attempt=<n>, attempt=<n>&from=start, turn=<n> or nothing.',
    }),
    async (c) => {
      const { run, task } = c.req.valid('param');
      const of = diffOf(c.req.valid('query'));
      return json(c, await queries.diff({ runId: run, taskId: task }, of).catch(refuseMissing));
    },
  );

function diffOf({ attempt, from, turn }: z.output<typeof diffQuery>): DiffOf {
  if (attempt !== undefined) return { kind: 'attempt', number: attempt, from: from ?? 'base' };
  return turn === undefined ? { kind: 'task' } : { kind: 'turn', number: turn };
}

function refuseMissing(error: unknown): never {
  if (error instanceof UsageError) throw new Refused({ status: 404, detail: `${error.message}.` });
  if (!(error instanceof UnknownCommitError)) throw error;
  throw new Refused({
    status: 404,
    detail: 'The git store that this notifier sees does not have it: see it with `leadwright diff`.',
  });
}
