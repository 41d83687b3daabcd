import { RecentObjects } from './recent-objects.js';

/** Bytes of all objects in a cache: the folders of a large repository, and the commits of a long run. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Bytes of one object. Most source files and folders are smaller; a few large ones would displace them all. */
const MAX_OBJECT_BYTES = 256 * 1024;
/** Approximate bytes that an entry occupies besides the object's own: name, buffer and map entry. */
const ENTRY_BYTES = 300;

/** The objects that were used last. */
export class ObjectCache extends RecentObjects<Buffer> {
  constructor() {
    super(MAX_BYTES, ({ length }) => length + ENTRY_BYTES);
  }

  override add(sha: string, content: Buffer): void {
    if (content.length > MAX_OBJECT_BYTES || this.has(sha)) return;
    // A copy of its own: a small buffer is a slice of a larger one, which it would keep in memory.
    const copy = Buffer.allocUnsafeSlow(content.length);
    content.copy(copy);
    super.add(sha, copy);
  }
}
