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
  const all = tarEntries(entries, seconds, folder);
  return all === null ? null : Buffer.concat([all, END]);
}

/** The bytes of the beginning of an archive, to which another one can be appended. See `tarOf`. */
export function tarEntries(entries: readonly TarEntry[], seconds: number, folder = ''): Buffer | null {
  if (!(seconds >= 0 && seconds <= MAX_SECONDS)) return null;
  const parts: Buffer[] = [];
  for (const { path, kind, content } of entries) {
    const name = kind === 'folder' ? Buffer.concat([path, SLASH]) : path;
    const target = kind === 'link' ? content : EMPTY;
    if (name.length > MAX_NAME_BYTES || target.length > MAX_NAME_BYTES) return null;
    const body = kind === 'file' || kind === 'executable' ? content : EMPTY;
    parts.push(header({ name, folder, kind, target }, body.length, seconds), body, padding(body.length));
  }
  return Buffer.concat(parts);
}

const SLASH = Buffer.from('/');
const EMPTY = Buffer.alloc(0);
const END = Buffer.alloc(2 * BLOCK);

interface Named {
  readonly name: Buffer;
  readonly folder: string;
  readonly kind: TarEntry['kind'];
  readonly target: Buffer;
}

function header({ name, folder, kind, target }: Named, size: number, seconds: number): Buffer {
  const { mode, type } = KINDS[kind];
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0);
  block.write(octal(mode, 7), 100, 'latin1');
  block.write(octal(0, 7), 108, 'latin1');
  block.write(octal(0, 7), 116, 'latin1');
  block.write(octal(size, 11), 124, 'latin1');
  block.write(octal(seconds, 11), 136, 'latin1');
  // The checksum is computed with spaces in its place.
  block.fill(' ', 148, 156);
  block.write(type, 156, 'latin1');
  target.copy(block, 157);
  block.write('ustar\x0000', 257, 'latin1');
  block.write('root', 265, 'latin1');
  block.write('root', 297, 'latin1');
  block.write(octal(0, 7), 329, 'latin1');
  block.write(octal(0, 7), 337, 'latin1');
  block.write(folder, 345, 'utf8');
  block.write(
    octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
    'latin1',
  );
  return block;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK);
}
