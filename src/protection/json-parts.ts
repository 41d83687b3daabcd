/** Compares named parts of parsed documents. Pure. */
import { isDeepStrictEqual } from 'node:util';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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

/** Parses JSON with comments and trailing commas. @throws SyntaxError */
export function parseJsonWithComments(text: string): unknown {
  const pattern = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\/|,(?=\s*[}\]])/g;
  const plain = text
    .replace(/^\ufeff/, '')
    .replace(pattern, (token) => (token.startsWith('"') ? token : ' '));
  // A comment between a comma and a bracket: the comma is seen once the comment is gone.
  return JSON.parse(plain.replace(pattern, (token) => (token.startsWith('"') ? token : ' ')));
}
