/**
 * Repairs the input of a call where its meaning is plain. Many models write null for a field that they leave out, or a list,
 * a number or a truth value as a text that holds it in JSON. Pure.
 */
import type { z } from 'zod';

/** A text in a text in a text: nothing that a model writes is nested deeper by mistake. */
const MOST_ROUNDS = 3;

/** Parses an input. @returns what is wrong with the input as it was given, when its repair does not help */
export function parseRepaired<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  const given = schema.safeParse(input);
  let parsed = given;
  let repaired = input;
  for (let round = 0; !parsed.success && round < MOST_ROUNDS; round += 1) {
    repaired = repair(repaired, parsed.error.issues);
    parsed = schema.safeParse(repaired);
  }
  return parsed.success ? parsed : given;
}

function repair(input: unknown, issues: z.ZodError['issues']): unknown {
  const copy = structuredClone(input);
  for (const { code, path } of issues) {
    const key = path.at(-1);
    const parent = path.slice(0, -1).reduce<unknown>(valueAt, copy);
    if (code !== 'invalid_type' || key === undefined || !isObject(parent)) continue;
    const value = valueAt(parent, key);
    if (value === null && !Array.isArray(parent)) Reflect.deleteProperty(parent, key);
    if (typeof value === 'string') Reflect.set(parent, key, unpack(value));
  }
  return copy;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function valueAt(value: unknown, key: PropertyKey): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** What a text holds in JSON; the text itself when that is nothing. */
function unpack(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
