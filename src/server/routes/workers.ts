import { Hono } from 'hono';
import { json } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /api/workers`: the workers that serve their queues, and how each runs commands. */
export const workersRoutes = ({ queries }: Services) =>
  new Hono<ServerEnv>().get('/api/workers', async (c) => json(c, await queries.workers()));
