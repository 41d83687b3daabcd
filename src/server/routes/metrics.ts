import { Hono } from 'hono';
import { text } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `GET /metrics`: all metrics in Prometheus' text format. */
export const metricsRoutes = ({ metrics }: Services) =>
  new Hono<ServerEnv>().get('/metrics', async (c) =>
    text(c, await metrics(), 'text/plain; version=0.0.4; charset=utf-8'),
  );
