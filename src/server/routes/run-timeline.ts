import { Hono } from 'hono';
import { timelineByTask } from '../timeline-by-task.js';
import { runParam } from '../middleware/input.js';
import { found } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/runs/R/timeline`: where the run's time went. `GET /api/runs/R/timeline/by-task`: the same, as the dashboard reads it. */
export const runTimelineRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>()
    .get('/api/runs/:run/timeline', runParam(), async (c) => {
      const { run } = c.req.valid('param');
      return found(c, await queries.timeline(run), `There is no run ${run}.`);
    })
    .get('/api/runs/:run/timeline/by-task', runParam(), async (c) => {
      const { run } = c.req.valid('param');
      const timeline = await queries.timeline(run);
      return found(c, timeline === null ? null : timelineByTask(timeline.spans), `There is no run ${run}.`);
    });
