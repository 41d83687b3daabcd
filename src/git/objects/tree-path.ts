/**
 * Rules for the spelling of paths that an agent writes. A path is accepted unchanged or refused, never normalised:
 * another program might normalise it differently. `refused-path.ts` applies these rules.
 */

import { posix } from 'node:path';

/** The longest name that the file systems of Linux, macOS and Windows all accept, in bytes. */
const MAX_SEGMENT_BYTES = 255;
/** macOS accepts 1,024 bytes for a whole path (Linux 4,096). The rest is for the folder of the checkout. */
const MAX_PATH_BYTES = 900;

/** Why a path is not allowed whatever the commit contains, as words that follow the path; null when it is allowed. */
export function spellingFault(path: string): string | null {
  return wholePathFault(path) ?? firstFault(path.split('/'), segmentFault);
}

/**
 * Why a new file or folder may not have one of these names: some file systems would take it for another file and
 * write there. An existing file of such a name may be changed, since that makes nothing worse.
 */
export function newNameFault(segments: readonly string[]): string | null {
  return firstFault(segments, oddNameFault);
}

function firstFault(segments: readonly string[], faultOf: (segment: string) => string | null): string | null {
  for (const segment of segments) {
    const fault = faultOf(segment);
    if (fault !== null) return fault;
  }
  return null;
}

function wholePathFault(path: string): string | null {
  if (path === '') return 'is empty';
  if (/\p{Surrogate}/u.test(path)) return 'is not well-formed Unicode';
  if (/\p{Cc}/u.test(path)) return 'has a control character';
  if (/[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(path)) {
    return 'has a character that changes the direction of text or breaks the line';
  }
  if (path.includes('\\')) return 'has a backslash: separate folders with /';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) {
    return "is absolute: give it relative to the repository's root";
  }
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  return null;
}

function segmentFault(segment: string): string | null {
  if (segment === '') return 'has an empty segment';
  if (segment === '.' || segment === '..') return `has a ${segment} segment`;
  // Windows drops trailing dots and spaces, so `...` and `. .` would be empty names.
  if (/^[. ]+$/.test(segment)) return 'has a segment of only dots and spaces';
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment over ${MAX_SEGMENT_BYTES} bytes`;
  const name = foldedName(segment);
  if (GIT_FOLDER.test(name)) return "names git's own folder";
  if (GIT_MODULES.test(name)) return 'names .gitmodules, which no task may write';
  return null;
}

/** Whether a checkout would write an existing path of a commit outside of the work tree, or into git's own folder. */
export function escapesTree(path: string): boolean {
  return path.split('/').some((name) => /^\.{0,2}$/.test(name) || GIT_FOLDER.test(foldedName(name)));
}

/** Where a symbolic link leads by its text; null when that is outside of the tree, or the root itself. */
export function linkedPath(link: string, target: string): string | null {
  if (target.startsWith('/')) return null;
  const path = posix.join(posix.dirname(link), target).replace(/\/+$/, '');
  return path.split('/').some((name) => /^\.{0,2}$/.test(name)) ? null : path;
}

/** `.git`, and the short name that Windows creates for it. */
const GIT_FOLDER = /^(\.git|git~\d+)$/;
/** `.gitmodules`, and the short names that Windows creates for it: from the fifth on they contain a hash. */
const GIT_MODULES =
  /^(\.gitmodules|gitmod~\d+|gi7eba~\d|gi7eb~\d{2}|gi7e~\d{3}|gi7~\d{4}|gi~\d{5}|g~\d{6}|~\d{7})$/;

function oddNameFault(segment: string): string | null {
  const [stem = ''] = foldedName(segment).split('.');
  if (DEVICE.test(stem.trimEnd())) return `has ${JSON.stringify(segment)}, which is a device on Windows`;
  if (/[. ]$/.test(segment)) return 'has a name that ends in a dot or a space, which Windows drops';
  if (segment.includes(':')) return 'has a colon, which on Windows names a part of another file';
  if (SHORT_NAME.test(segment))
    return 'has a name like those that Windows gives to other files as short ones';
  // What cannot be stored, such as a zero byte, becomes this character. The file would then have another name than was asked for.
  if (segment.includes('\ufffd')) return 'has U+FFFD, which stands for a character that cannot be stored';
  if (segment !== segment.normalize('NFC')) return 'is not in Unicode normal form C';
  return null;
}

/** Names that are devices on Windows, in any folder and with any extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)$/;
/** Short names of Windows (eight characters, a dot, three more): `packag~1.jso` would open `package.json`. */
const SHORT_NAME = /^(?=[^.]{1,8}(\.|$))[^.]*~\d+(\.[^.]{0,3})?$/;

/**
 * Folds a name so that two names which some file system takes for the same file become equal. HFS+ and APFS ignore
 * some characters; they and NTFS ignore case; NTFS drops trailing dots and spaces, and reads the part after a colon as
 * a stream of the file.
 */
export function foldedName(segment: string): string {
  // Most names: all steps below would leave them as they are.
  if (/^[a-z\d_-]+$/.test(segment)) return segment;
  const [beforeStream = ''] = segment.split(':');
  return (
    beforeStream
      .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
      .normalize('NFKC')
      // First to upper case: some letters differ in lower case and share one capital.
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
      .replace(/[. ]+$/, '')
  );
}

/** Folds each name of a path. */
export function foldedPath(path: string): string {
  return path.split('/').map(foldedName).join('/');
}
