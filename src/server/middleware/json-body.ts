import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { MAX_BODY_BYTES } from '../../contract/answer-choices.js';
import { BodyTooLarge, readBody } from '../../shared/network/read-body.js';
import { Refused } from '../refusal.js';
import type { ServerEnv } from '../server-env.js';

/** For routes that need no body. */
export const emptyBody = z.strictObject({});

/**
 * Reads a JSON body and checks it against a schema; `c.req.valid('json')` gives the result. An empty body counts as an
 * object without keys.
 * @throws Refused with everything that is wrong with the body
 */
export function jsonBody<S extends z.ZodObject, P extends string>(
  schema: S,
): MiddlewareHandler<ServerEnv, P, { in: { json: z.input<S> }; out: { json: z.output<S> } }> {
  return async (c, next) => {
    const { incoming } = c.env;
    if (!/^application\/json *(?:; *charset=utf-8 *)?$/i.test(incoming.headers['content-type'] ?? '')) {
      throw new Refused({ status: 415, detail: 'The body has to be application/json.' });
    }
    const body = await readBody(incoming, MAX_BODY_BYTES).catch((error: unknown) => {
      if (error instanceof BodyTooLarge) throw new Refused({ status: 413, detail: error.message });
      // The client disconnected while sending the body: not a failure of our own connections.
      throw new Refused({ status: 400, detail: 'The body did not arrive whole.' });
    });
    const parsed = schema.safeParse(parseJson(body));
    if (!parsed.success) throw new Refused({ status: 400, detail: problemsOf(parsed.error) });
    c.req.addValidatedData('json', parsed.data);
    await next();
  };
}

function problemsOf({ issues }: z.ZodError): string {
  const problems = issues.map(({ path, message }) => {
    const where = path.map(String).join('.');
    return where === '' ? message : `${where}: ${message}`;
  });
  return `The body is not right. ${problems.join('; ')}.`;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused({ status: 400, detail: 'The body is no JSON.' });
  }
}
