/** Compares named parts of parsed documents. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../shared/is-record.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The names of the parts that differ between two objects, in order. */
export function changedNames(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

/** A value as text that is the same whatever the order of its keys. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** An object without some of its keys. */
export function without(value: unknown, ...keys: readonly string[]): JsonObject {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
    : {};
}

/**
 * Strings, comments and trailing commas. A string or comment without an end is one token too: otherwise its end would be
 * looked for again from each later quote.
 */
const TOKENS = /"(?:[^"\\]|\\.)*"?|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|,(?=\s*[}\]])/g;

/** Parses JSON with comments and trailing commas. @throws SyntaxError */
export function parseJsonWithComments(text: string): unknown {
  const isKept = (token: string) =>
    token.startsWith('"') || (token.startsWith('/*') && !/^\/\*[^]*\*\/$/.test(token));
  const withoutComments = (json: string) => json.replace(TOKENS, (token) => (isKept(token) ? token : ' '));
  // A comment between a comma and a bracket: the comma is seen once the comment is gone.
  return JSON.parse(withoutComments(withoutComments(text.replace(/^\ufeff/, ''))));
}
