import type { z } from 'zod';
import { didYouMean } from './did-you-mean.js';

/** A path in a plan as text, such as `tasks[2].depends_on[0]` or `prices["my model"]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const name = String(step);
      if (!/^[A-Za-z_][\w-]*$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

/** A longer quotation would hide the rest of the message. */
const SHOWN_LENGTH = 60;

/** A value as a message shows it: short, but recognizable in the file. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  switch (typeof value) {
    case 'string':
      if (value === '') return 'an empty text';
      return JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value);
    case 'number':
    case 'bigint':
      return `the number ${value}`;
    case 'boolean':
      return String(value);
    default:
      return 'keys and values';
  }
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'keys and values'],
  ['record', 'keys and values'],
]);

/**
 * Describes a schema issue for a person: what was found, and what was expected.
 *
 * @param issue its message is what the schema expects, or empty where the schema has no message
 * @param found the value at the issue's path
 * @param written that value as the file has it, when it is a scalar
 * @param keys the keys that are known at the path; null where any key is, or none can be
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  found: unknown,
  written: string | null,
  keys: readonly string[] | null,
): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(issue, found, written, keys);
    case 'invalid_value':
      return wrongChoice(issue.values.map(String), found);
    case 'invalid_key':
      return `the key is not valid: expected ${issue.issues.map(({ message }) => message).join('; ')}`;
    case 'invalid_format':
      return `found ${show(found)}, expected ${issue.message}`;
    case 'too_big':
    case 'too_small':
    case 'not_multiple_of':
      return `found ${size(found)}, expected ${issue.message}`;
    case 'custom':
      return issue.message;
    case 'invalid_union':
    case 'invalid_element':
    case 'unrecognized_keys':
      return `found ${show(found)}: ${issue.message}`;
  }
}

function wrongKind(
  { expected, message }: z.core.$ZodIssueInvalidType,
  found: unknown,
  written: string | null,
  keys: readonly string[] | null,
): string {
  const kind = KINDS.get(expected) ?? expected;
  const kindWithKeys = expected === 'object' && keys !== null ? `${kind} (${keys.join(', ')})` : kind;
  const wanted = message === '' ? kindWithKeys : message;
  if (found === undefined) return `is missing: expected ${wanted}`;
  if (message === '' && expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) {
    const text = written ?? String(found);
    return `found ${show(found)}, expected text: write it in quotes, ${JSON.stringify(text)}`;
  }
  if (message === '' && expected === 'array' && typeof found === 'string') {
    const list = /^[\w./, -]+$/.test(found) ? found : JSON.stringify(found);
    return `found ${show(found)}, expected a list: write it in brackets, [${list}]`;
  }
  if (found === null) return `found nothing, expected ${wanted} (or leave the key out)`;
  return `found ${show(found)}, expected ${wanted}`;
}

function wrongChoice(choices: readonly string[], found: unknown): string {
  const hint = typeof found === 'string' ? didYouMean(found, choices) : '';
  return `found ${show(found)}, expected one of ${choices.join(', ')}${hint}`;
}

/** Shows the size of a text or list that is too big or too small, which says more than its content. */
function size(found: unknown): string {
  if (typeof found === 'string' && found.length > 0) return `${found.length} characters`;
  if (Array.isArray(found) && found.length > 0) return `a list of ${found.length}`;
  return show(found);
}
