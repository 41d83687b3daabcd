import { Hono } from 'hono';
import { taskParams } from '../middleware/input.js';
import { found } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/runs/R/tasks/T`: one task with its whole conversation. */
export const tasksRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get('/api/runs/:run/tasks/:task', taskParams(), async (c) => {
    const { run, task } = c.req.valid('param');
    const page = await queries.task({ runId: run, taskId: task });
    return found(c, page, `The run ${run} has no task ${task}.`);
  });
