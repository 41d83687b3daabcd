import { Hono } from 'hono';
import { EVENTS_PATH } from '../events/events-query.js';
import { LIVE_TEXT_PATH } from '../../contract/live-text.js';
import { refuse } from '../responses.js';
import type { ServerEnv } from '../server-env.js';

/** The paths of the WebSockets, for requests that do not ask for one. Upgrades never come here. */
export const websocketsRoutes = () =>
  new Hono<ServerEnv>()
    .get(EVENTS_PATH, (c) =>
      refuse(c, { status: 426, detail: 'This is a WebSocket: /events?run=<id>&after=<seq>.' }),
    )
    .get(LIVE_TEXT_PATH, (c) => refuse(c, { status: 426, detail: 'This is a WebSocket, for workers.' }));
