import { Hono } from 'hono';
import { z } from 'zod';
import { UsageError } from '../../contract/errors.js';
import { UnknownCommitError } from '../../git/process/git-errors.js';
import { query, taskParams } from '../middleware/input.js';
import { Refused } from '../refusal.js';
import { json } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

const diffQuery = z.object({
  attempt: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .transform(Number)
    .optional(),
});

/** `GET /api/runs/R/tasks/T/diff?attempt=N`: what an attempt changed, or without `attempt` the task. */
export const taskDiffRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get(
    '/api/runs/:run/tasks/:task/diff',
    taskParams(),
    query(diffQuery, { status: 400, detail: 'The query is attempt=<n>, once, or nothing.' }),
    async (c) => {
      const { run, task } = c.req.valid('param');
      const { attempt = null } = c.req.valid('query');
      return json(c, await queries.diff({ runId: run, taskId: task }, attempt).catch(refuseMissing));
    },
  );

function refuseMissing(error: unknown): never {
  if (error instanceof UsageError) throw new Refused({ status: 404, detail: `${error.message}.` });
  if (!(error instanceof UnknownCommitError)) throw error;
  throw new Refused({
    status: 404,
    detail: 'The git store that this notifier sees does not have it: see it with `leadwright diff`.',
  });
}
