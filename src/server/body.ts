import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { AnswerBody, ConcurrencyBody } from '../contract/api.js';
import { PLAN_LIMITS } from '../plan/plan-schema.js';
import { MOST_CORRECTIONS, MOST_USD } from '../runs/control/answer-choice.js';
import type { Refusal } from './access.js';

/** A long hint with code in it, several times over. */
const MAX_BODY_BYTES = 64 * 1024;

/** A key that nobody knows is a slip, and is said: what it was to mean would not happen. */
export const answerBody = z.strictObject({
  // PostgreSQL keeps no text with a NUL in it.
  text: z
    .string()
    .refine((text) => !text.includes('\0'), 'a text cannot hold a NUL')
    .optional(),
  retry: z.int().min(1).max(MOST_CORRECTIONS).optional(),
  accept: z.boolean().optional(),
  skip: z.boolean().optional(),
  addUsd: z.number().positive().max(MOST_USD).optional(),
}) satisfies z.ZodType<AnswerBody>;

export const concurrencyBody = z.strictObject({
  limit: z.int().min(1).max(PLAN_LIMITS.concurrency),
}) satisfies z.ZodType<ConcurrencyBody>;

/** Where the path says it all. */
export const noBody = z.strictObject({});

/** A request's body that is not what it has to be. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused';
  constructor(readonly refusal: Refusal) {
    super(refusal.detail);
  }
}

/**
 * Reads a JSON body of that shape; an empty one counts as an object without keys.
 * @throws BodyRefused with all that is wrong with it
 */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  if (!/^application\/json *(?:; *charset=utf-8 *)?$/i.test(request.headers['content-type'] ?? '')) {
    throw new BodyRefused({ status: 415, detail: 'The body has to be application/json.' });
  }
  const parsed = schema.safeParse(jsonOf(await readAll(request).catch(refuseBroken)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const where = path.map(String).join('.');
    return where === '' ? message : `${where}: ${message}`;
  });
  throw new BodyRefused({ status: 400, detail: `The body is not right. ${problems.join('; ')}.` });
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('no encoding was set');
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new BodyRefused({ status: 413, detail: `The body has more than ${MAX_BODY_BYTES} bytes.` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whoever sent it left in the middle: that says nothing of connections of our own. */
function refuseBroken(error: unknown): never {
  if (error instanceof BodyRefused) throw error;
  throw new BodyRefused({ status: 400, detail: 'The body did not arrive whole.' });
}

function jsonOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new BodyRefused({ status: 400, detail: 'The body is no JSON.' });
  }
}
