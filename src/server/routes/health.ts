import { Hono } from 'hono';
import { text } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /healthz`: the process answers. `GET /readyz`: the database answers too. */
export const healthRoutes = ({ checkDatabase }: Services) =>
  new Hono<ServerEnv>()
    .get('/healthz', (c) => text(c, 'ok\n'))
    .get('/readyz', async (c) => {
      await checkDatabase();
      return text(c, 'ok\n');
    });
