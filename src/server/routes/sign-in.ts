import { Hono } from 'hono';
import { z } from 'zod';
import { emptyBody, jsonBody } from '../middleware/json-body.js';
import { Refused } from '../refusal.js';
import { json } from '../responses.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

/** `POST /api/sign-in/codes`: a code with which a link to the dashboard signs in, once. */
export const signInCodesRoutes = ({ signInCodes }: Services) =>
  new Hono<ServerEnv>().post('/api/sign-in/codes', jsonBody(emptyBody), (c) =>
    json(c, { code: signInCodes.issue() }),
  );

const redeemBody = z.strictObject({ code: z.string() });

/** `POST /sign-in`: redeems such a code for the token. Needs no token. */
export const signInRoutes = ({ signInCodes }: Services) =>
  new Hono<ServerEnv>().post('/sign-in', jsonBody(redeemBody), (c) => {
    const token = signInCodes.redeem(c.req.valid('json').code);
    if (token === null) {
      throw new Refused({
        status: 403,
        detail: 'This link was used before, or is too old. `leadwright up` prints another one.',
      });
    }
    return json(c, { token });
  });
