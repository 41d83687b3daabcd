/**
 * What a path may look like that an agent writes. A path is taken as it is written or refused, never cleaned
 * up: one that has to be interpreted can be interpreted differently by the next reader.
 */
export type Checked = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The longest name that Linux, macOS and Windows file systems all take, in bytes. */
const MAX_SEGMENT_BYTES = 255;
/** PATH_MAX on Linux: a longer one can't be checked out. */
const MAX_PATH_BYTES = 4096;

const OK: Checked = { ok: true };

/** Whether `path` may be written or deleted, as far as its spelling goes. */
export function checkTreePath(path: string): Checked {
  const reason = wholePathFault(path) ?? firstFault(path.split('/'));
  return reason === null ? OK : refused(reason);
}

function wholePathFault(path: string): string | null {
  if (path === '') return 'is empty';
  if (/\p{Surrogate}/u.test(path)) return 'is not well-formed Unicode';
  if (/\p{Cc}/u.test(path)) return 'has a control character';
  if (/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(path)) {
    return 'has a character that changes the direction of text or breaks the line';
  }
  if (path.includes('\\')) return 'has a backslash: separate folders with /';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) {
    return "is absolute: give it relative to the repository's root";
  }
  if (path !== path.normalize('NFC')) return 'is not in Unicode normal form C';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  return null;
}

function firstFault(segments: readonly string[]): string | null {
  for (const segment of segments) {
    const fault = segmentFault(segment);
    if (fault !== null) return fault;
  }
  return null;
}

function segmentFault(segment: string): string | null {
  if (segment === '') return 'has an empty segment';
  if (segment === '.' || segment === '..') return `has a ${segment} segment`;
  // Windows drops trailing dots and spaces, which makes `...` and `. .` other spellings of nothing.
  if (/^[. ]+$/.test(segment)) return 'has a segment of only dots and spaces';
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment over ${MAX_SEGMENT_BYTES} bytes`;
  const name = foldedName(segment);
  if (GIT_FOLDER.test(name)) return "names git's own folder";
  if (GIT_MODULES.test(name)) return 'names .gitmodules, which no task may write';
  return null;
}

/** `.git` and the short name that Windows makes of it. */
const GIT_FOLDER = /^(\.git|git~\d+)$/;
/** `.gitmodules` and the short names that Windows makes of it (the second form is a hash of the name). */
const GIT_MODULES = /^(\.gitmodules|gitmod~\d+|gi7eb[0-9a-f]~\d+)$/;

/**
 * The name that a file system may take the segment for: HFS+ ignores some characters, it and NTFS ignore
 * case, NTFS drops trailing dots and spaces and takes what follows a colon for a stream of the file.
 */
export function foldedName(segment: string): string {
  const [beforeStream = ''] = segment.split(':');
  return beforeStream
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[. ]+$/, '');
}

/** What a commit has at a path. */
export type Lookup =
  | { readonly kind: 'missing' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly sha: string; readonly executable: boolean }
  | { readonly kind: 'symlink'; readonly sha: string }
  | { readonly kind: 'submodule' }
  /** Something on the way to the path is not a folder. */
  | { readonly kind: 'below'; readonly ancestor: string; readonly of: 'file' | 'symlink' | 'submodule' };

export type WriteAction = 'write' | 'delete';

/** Whether what a commit has at a path allows the action on it. */
export function checkWrite(action: WriteAction, found: Lookup): Checked {
  switch (found.kind) {
    case 'file':
      return OK;
    case 'missing':
      return action === 'write' ? OK : refused('does not exist');
    case 'folder':
      return refused('is a folder');
    case 'symlink':
      // To delete a link touches the link only; to write it would leave open what is meant.
      return action === 'delete' ? OK : refused('is a symbolic link');
    case 'submodule':
      return refused('is a submodule');
    case 'below':
      return refused(`is below ${JSON.stringify(found.ancestor)}, which is a ${NAMES[found.of]}`);
  }
}

const NAMES = { file: 'file', symlink: 'symbolic link', submodule: 'submodule' } as const;

/**
 * Whether the paths of one set of changes can stand beside each other: none twice, none below another. Gives
 * the first that can't, or null.
 */
export function clashingPath(paths: readonly string[]): { path: string; reason: string } | null {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path)) return { path, reason: 'is changed twice' };
    seen.add(path);
  }
  for (const path of paths) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const ancestor = path.slice(0, slash);
      if (seen.has(ancestor))
        return { path, reason: `is below ${JSON.stringify(ancestor)}, changed as a file` };
    }
  }
  return null;
}

function refused(reason: string): Checked {
  return { ok: false, reason };
}
