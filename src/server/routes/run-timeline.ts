import { Hono } from 'hono';
import { runParam } from '../middleware/input.js';
import { found } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/runs/R/timeline`: where the run's time went. */
export const runTimelineRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get('/api/runs/:run/timeline', runParam(), async (c) => {
    const { run } = c.req.valid('param');
    return found(c, await queries.timeline(run), `There is no run ${run}.`);
  });
