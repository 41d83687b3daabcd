import { Hono } from 'hono';
import { emptyBody, jsonBody } from '../middleware/json-body.js';
import { found } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `POST /api/temporal-ui/codes`: a code with which a link into the Temporal UI signs in, once. */
export const temporalUiRoutes = ({ temporalUiCode }: Services) =>
  new Hono<ServerEnv>().post('/api/temporal-ui/codes', jsonBody(emptyBody), (c) => {
    const code = temporalUiCode();
    return found(c, code === null ? null : { code }, 'There is no embedded Temporal UI.');
  });
