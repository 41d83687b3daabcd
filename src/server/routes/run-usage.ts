import { Hono } from 'hono';
import { runParam } from '../middleware/input.js';
import { found } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/runs/R/usage`: what the run used, by the minute. */
export const runUsageRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get('/api/runs/:run/usage', runParam(), async (c) => {
    const { run } = c.req.valid('param');
    return found(c, await queries.usage(run), `There is no run ${run}.`);
  });
