import { Hono } from 'hono';
import { runParam } from '../middleware/input.js';
import { found } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/runs/R/graph`: the run's tasks and what they depend on. */
export const runGraphRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get('/api/runs/:run/graph', runParam(), async (c) => {
    const { run } = c.req.valid('param');
    return found(c, await queries.graph(run), `There is no run ${run}.`);
  });
