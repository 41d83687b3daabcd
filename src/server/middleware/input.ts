import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { blockerId, ID_PATTERN, runId, taskId } from '../../contract/ids.js';
import { NOTHING_HERE, Refused, type Refusal } from '../refusal.js';
import { queryObject, splitTarget } from '../request-target.js';
import type { ServerEnv } from '../server-env.js';

const run = z
  .string()
  .regex(ID_PATTERN)
  .transform((text) => runId(text));
const task = z
  .string()
  .regex(ID_PATTERN)
  .transform((text) => taskId(text));
const blocker = z.string().transform((text, context) => {
  try {
    return blockerId(text);
  } catch {
    context.addIssue('not the id of a blocker');
    return z.NEVER;
  }
});

type Checked<T extends 'param' | 'query', S extends z.ZodType, P extends string> = MiddlewareHandler<
  ServerEnv,
  P,
  { in: Record<T, z.input<S>>; out: Record<T, z.output<S>> }
>;

/** Checks the path's parameters; an id that nothing can have is a path that nothing is at. @throws Refused */
function params<S extends z.ZodObject, P extends string>(schema: S): Checked<'param', S, P> {
  return async (c, next) => {
    const parsed = schema.safeParse(c.req.param());
    if (!parsed.success) throw new Refused(NOTHING_HERE);
    c.req.addValidatedData('param', parsed.data);
    await next();
  };
}

export const runParam = <P extends string>() =>
  params<z.ZodObject<{ run: typeof run }>, P>(z.object({ run }));
export const taskParams = <P extends string>() =>
  params<z.ZodObject<{ run: typeof run; task: typeof task }>, P>(z.object({ run, task }));
/** Of an output, the task's ids and its own, which is looked up as it is. */
export const outputParams = <P extends string>() =>
  params<z.ZodObject<{ run: typeof run; task: typeof task; output: z.ZodString }>, P>(
    z.object({ run, task, output: z.string() }),
  );
export const blockerParam = <P extends string>() =>
  params<z.ZodObject<{ blocker: typeof blocker }>, P>(z.object({ blocker }));

/** Checks the query, as it was sent; parameters that the schema does not have are ignored. @throws Refused */
export function query<S extends z.ZodObject, P extends string>(
  schema: S,
  refusal: Refusal,
): Checked<'query', S, P> {
  return async (c, next) => {
    const sent = splitTarget(c.env.incoming.url ?? '').query;
    const parsed = schema.safeParse(queryObject(sent));
    if (!parsed.success) throw new Refused(refusal);
    c.req.addValidatedData('query', parsed.data);
    await next();
  };
}
