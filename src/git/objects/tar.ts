/** Writes tar archives of small trees, which need none of the format's extensions. */

/** An entry of an archive. The path of a folder has no slash at its end. */
export interface TarEntry {
  readonly path: Buffer;
  readonly kind: 'file' | 'executable' | 'folder' | 'link' | 'pipe';
  /** The content of a file, or the target of a link. */
  readonly content: Buffer;
}

const BLOCK = 512;
/** Bytes of a path or of a link's target in a header. */
const MAX_NAME_BYTES = 100;
/** The largest time in a header: 33 bits of seconds. */
const MAX_SECONDS = 2 ** 33 - 1;

/** The permissions of an ordinary checkout, and the type of an entry, as `git archive` writes them. */
const KINDS = {
  file: { mode: 0o644, type: '0' },
  executable: { mode: 0o755, type: '0' },
  folder: { mode: 0o755, type: '5' },
  link: { mode: 0o777, type: '2' },
  // Anybody may write to one.
  pipe: { mode: 0o666, type: '6' },
} as const;

/**
 * The bytes of an archive.
 *
 * @param seconds date of all entries, since 1970
 * @param folder the folder that all entries are in: at most 155 bytes, without a slash at its end; none when empty
 * @returns null when an entry does not fit into the plain format: a long path or target, or a date far from now
 */
export function tarOf(entries: readonly TarEntry[], seconds: number, folder = ''): Buffer | null {
  return archive(entries, seconds, folder, END_BYTES);
}

/** The bytes of the beginning of an archive, to which another one can be appended. See `tarOf`. */
export function tarEntries(entries: readonly TarEntry[], seconds: number, folder = ''): Buffer | null {
  return archive(entries, seconds, folder, 0);
}

/** @param endBytes zeros after the last entry */
function archive(
  entries: readonly TarEntry[],
  seconds: number,
  folder: string,
  endBytes: number,
): Buffer | null {
  if (!(seconds >= 0 && seconds <= MAX_SECONDS)) return null;
  const items = entries.map(itemOf);
  if (items.some(({ name, target }) => name.length > MAX_NAME_BYTES || target.length > MAX_NAME_BYTES))
    return null;
  const bytes = Buffer.alloc(items.reduce((sum, { body }) => sum + BLOCK + blocksOf(body), endBytes));
  const date = octal(seconds, 11);
  let at = 0;
  for (const item of items) {
    writeHeader(bytes.subarray(at, at + BLOCK), item, folder, date);
    item.body.copy(bytes, at + BLOCK);
    at += BLOCK + blocksOf(item.body);
  }
  return bytes;
}

/** Two empty blocks end an archive. */
const END_BYTES = 2 * BLOCK;

const SLASH = Buffer.from('/');
const EMPTY = Buffer.alloc(0);

interface Item {
  readonly kind: TarEntry['kind'];
  readonly name: Buffer;
  readonly target: Buffer;
  readonly body: Buffer;
}

function itemOf({ path, kind, content }: TarEntry): Item {
  return {
    kind,
    name: kind === 'folder' ? Buffer.concat([path, SLASH]) : path,
    target: kind === 'link' ? content : EMPTY,
    body: kind === 'file' || kind === 'executable' ? content : EMPTY,
  };
}

/** The bytes of the blocks that a content fills. */
function blocksOf({ length }: Buffer): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

/** @param block empty; it becomes the header */
function writeHeader(block: Buffer, { kind, name, target, body }: Item, folder: string, date: string): void {
  HEADERS[kind].copy(block);
  name.copy(block);
  block.write(octal(body.length, 11), 124, 'latin1');
  block.write(date, 136, 'latin1');
  target.copy(block, 157);
  block.write(folder, 345, 'utf8');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(octal(sum, 7), 148, 'latin1');
}

/** What the headers of a kind have in common. */
function emptyHeader(kind: TarEntry['kind']): Buffer {
  const { mode, type } = KINDS[kind];
  const block = Buffer.alloc(BLOCK);
  block.write(octal(mode, 7), 100, 'latin1');
  block.write(octal(0, 7), 108, 'latin1');
  block.write(octal(0, 7), 116, 'latin1');
  // The checksum is computed with spaces in its place.
  block.fill(' ', 148, 156);
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write('root', 265, 'latin1');
  block.write('root', 297, 'latin1');
  block.write(octal(0, 7), 329, 'latin1');
  block.write(octal(0, 7), 337, 'latin1');
  return block;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

/** Most of a header is the same in all: a tree has one for each file, and is archived several times per task. */
const HEADERS = {
  file: emptyHeader('file'),
  executable: emptyHeader('executable'),
  folder: emptyHeader('folder'),
  link: emptyHeader('link'),
  pipe: emptyHeader('pipe'),
} as const;
