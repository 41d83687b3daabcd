import { Hono } from 'hono';
import { carryOut } from '../carry-out.js';
import { taskParams } from '../middleware/input.js';
import { emptyBody, jsonBody } from '../middleware/json-body.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `POST /api/runs/R/tasks/T/retry`: runs a failed or skipped task again. */
export const taskRetryRoutes = ({ control }: Services) =>
  new Hono<ServerEnv>().post('/api/runs/:run/tasks/:task/retry', taskParams(), jsonBody(emptyBody), (c) => {
    const { run, task } = c.req.valid('param');
    return carryOut(c, () => control.retry({ runId: run, taskId: task }));
  });
