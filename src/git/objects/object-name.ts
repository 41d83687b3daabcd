import { createHash } from 'node:crypto';
import { setImmediate as yieldToEvents } from 'node:timers/promises';

export type ObjectType = 'blob' | 'tree' | 'commit';

/** An object with its name. */
export interface NamedObject {
  readonly type: ObjectType;
  readonly content: Buffer;
  readonly sha: string;
}

/** Bytes that are hashed in one go, which takes about a millisecond. */
const SLICE_BYTES = 1024 * 1024;

/** What git stores and hashes before an object's content. */
export function objectHeader(type: ObjectType, content: Buffer): Buffer {
  return Buffer.from(`${type} ${content.length}\0`, 'latin1');
}

/** The hash that names a repository's objects. */
export type ObjectFormat = 'sha1' | 'sha256';

/** How a repository names its objects, from the full name of any of them. */
export function formatOf(sha: string): ObjectFormat {
  return sha.length === SHA1_DIGITS ? 'sha1' : 'sha256';
}
const SHA1_DIGITS = 40;

/** The name of an object: the hash of its header and content. For large contents, `nameBlob`. */
export function objectName(type: ObjectType, content: Buffer, format: ObjectFormat): string {
  return createHash(format).update(objectHeader(type, content)).update(content).digest('hex');
}

/** Names a file's content, and lets other work of this thread go on between the slices of a large one. */
export async function nameBlob(content: Buffer, format: ObjectFormat): Promise<NamedObject> {
  const hash = createHash(format).update(objectHeader('blob', content));
  for (let at = 0; at < content.length; at += SLICE_BYTES) {
    if (at > 0) await yieldToEvents();
    hash.update(content.subarray(at, at + SLICE_BYTES));
  }
  return { type: 'blob', content, sha: hash.digest('hex') };
}
