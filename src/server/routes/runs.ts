import { Hono } from 'hono';
import { runParam } from '../middleware/input.js';
import { found, json } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/runs`: all runs. `GET /api/runs/R`: one run, as `status --json` prints it. */
export const runsRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>()
    .get('/api/runs', async (c) => json(c, await queries.runs()))
    .get('/api/runs/:run', runParam(), async (c) => {
      const { run } = c.req.valid('param');
      return found(c, await queries.run(run), `There is no run ${run}.`);
    });
