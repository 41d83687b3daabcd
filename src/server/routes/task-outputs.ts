import { Hono } from 'hono';
import { outputParams } from '../middleware/input.js';
import { found } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/runs/R/tasks/T/outputs/O`: the whole output of a command or a test. */
export const taskOutputsRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get('/api/runs/:run/tasks/:task/outputs/:output', outputParams(), async (c) => {
    const { run, task, output } = c.req.valid('param');
    const recorded = await queries.output({ runId: run, taskId: task }, output);
    return found(c, recorded, `The task ${task} of the run ${run} has no such output.`);
  });
