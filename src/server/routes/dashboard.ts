import { Hono } from 'hono';
import { fileResponse } from '../dashboard-files.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** The dashboard's files. A path that is none of them goes on to the routes below. */
export const dashboardRoutes = ({ files }: Services) =>
  new Hono<ServerEnv>().use(async (c, next) => {
    const file = files.get(c.req.path);
    if (file === undefined) {
      await next();
      return undefined;
    }
    return fileResponse(c, file);
  });
