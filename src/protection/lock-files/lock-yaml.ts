import { parseSyml } from '@yarnpkg/parsers';
import { type JsonObject } from '../json-parts.js';
import { isRecord } from '../../shared/is-record.js';
import { UnreadableLock } from './lock.js';
import { items } from './manifests.js';

/**
 * Parses the YAML of a lock file, or the older form of Yarn, with Yarn's own parser. It is several times faster than a
 * parser that keeps positions. Every scalar is a text.
 *
 * @throws UnreadableLock when a part is used twice: aliases can make a small text a huge document
 */
export function parseLockYaml(source: string): JsonObject {
  const document: unknown = parseSyml(source);
  if (!isRecord(document)) throw new UnreadableLock('it is not a map');
  const seen = new Set<unknown>();
  // Yarn's older form has one entry for several keys.
  const pending: unknown[] = [...new Set<unknown>(Object.values(document))];
  while (pending.length > 0) {
    const part = pending.pop();
    if (typeof part !== 'object' || part === null) continue;
    if (seen.has(part)) throw new UnreadableLock('it uses aliases');
    seen.add(part);
    pending.push(...(isRecord(part) ? Object.values(part) : items(part)));
  }
  return document;
}
