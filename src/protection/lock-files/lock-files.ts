/** The lock files of all package managers: which there are, and which of their changes need `may_change`. Pure. */
import { BUNDLER } from './bundler.js';
import { CARGO } from './cargo.js';
import { lockFileFault } from './compare-locks.js';
import { GO } from './go.js';
import type { LockFormat, Manifests } from './lock.js';
import { NPM } from './npm.js';
import { PNPM } from './pnpm.js';
import { PIPENV, POETRY, UV } from './python.js';
import { YARN } from './yarn.js';

const FORMATS: readonly LockFormat[] = [NPM, PNPM, YARN, CARGO, POETRY, UV, PIPENV, GO, BUNDLER];

/**
 * Lock files that are not read: for them there is no parser here, or, with Composer and Swift, each package names a
 * source of its own.
 */
const UNREAD =
  /^(?:bun\.lockb?|deno\.lock|composer\.lock|mix\.lock|rebar\.lock|pubspec\.lock|Package\.resolved|Podfile\.lock|packages\.lock\.json|(?:.*\.)?gradle\.lockfile|pylock(?:\.[\w-]+)?\.toml|pdm\.lock|pixi\.lock|conda-lock\.yml|flake\.lock|MODULE\.bazel\.lock|\.terraform\.lock\.hcl)$/;

/** A larger lock file is not read. To parse one of this size takes about a second of the worker's time. */
const MAX_LOCK_CHARS = 2_000_000;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function formatOf(path: string): LockFormat | undefined {
  return FORMATS.find(({ name }) => name.test(nameOf(path)));
}

/** Whether a path is that of a lock file. */
export function isLockFile(path: string): boolean {
  return formatOf(path) !== undefined || UNREAD.test(nameOf(path));
}

/** Whether a manifest is one of those that the lock file is made from: it is beside it, or below it. */
export function isManifestOf(lockFile: string, path: string): boolean {
  const folder = lockFile.slice(0, lockFile.lastIndexOf('/') + 1);
  return (
    path.startsWith(folder) &&
    !path.includes('node_modules/') &&
    formatOf(lockFile)?.manifest.test(nameOf(path)) === true
  );
}

/** A lock file's text with the manifests that belong to it; `text` is null when there is no lock file. */
export interface LockTexts {
  readonly text: string | null;
  readonly manifests: Manifests;
}

/** The lock files among some paths that are made from the same manifests as another one: a tool reads one of them. */
export function rivalLockFiles(lockFile: string, paths: readonly string[]): string[] {
  const folder = lockFile.slice(0, lockFile.lastIndexOf('/') + 1);
  return paths.filter(
    (path) =>
      path !== lockFile &&
      path === `${folder}${nameOf(path)}` &&
      isLockFile(path) &&
      formatOf(path)?.manifest.source === formatOf(lockFile)?.manifest.source,
  );
}

/**
 * Why the change of a lock file needs `may_change`, worded for the model; null when it does not.
 *
 * @param rivals lock files of the same manifests, before the change
 */
export function lockChangeReason(
  path: string,
  before: LockTexts,
  after: LockTexts,
  rivals: readonly string[] = [],
): string | null {
  if (after.text === before.text) return null;
  const [rival] = rivals;
  if (before.text === null && rival !== undefined) {
    return `${path} would be read in place of ${rival}, or beside it; leave the lock file that is there as the only one`;
  }
  const fault = faultOf(path, before, after);
  return fault === null
    ? null
    : `${path} may change only for dependencies that the task changes in a manifest, and only to releases in a registry: ${fault}`;
}

function faultOf(path: string, before: LockTexts, after: LockTexts): string | null {
  if (after.text === null) return 'it is deleted';
  const format = formatOf(path);
  if (format === undefined) return 'this kind of lock file cannot be checked';
  if (after.text.length > MAX_LOCK_CHARS) return 'it is too large to be checked';
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  try {
    const registries =
      (before.text === null ? undefined : format.registries?.(before.text)) ?? new Set<string>();
    const read = ({ text, manifests }: LockTexts) =>
      text === null
        ? null
        : { lock: format.read(text, registries), declared: format.declared(manifests, folder) };
    const now = read(after);
    return now === null ? null : lockFileFault(read(before), now);
  } catch (error) {
    return `it cannot be read with certainty (${error instanceof Error ? error.message.split('\n', 1)[0] : 'unknown'})`;
  }
}

/** The names of the packages in a lock file; none when it cannot be read. */
export function lockedNames(path: string, text: string): ReadonlySet<string> {
  try {
    const lock = text.length > MAX_LOCK_CHARS ? undefined : formatOf(path)?.read(text, new Set());
    return new Set([...(lock?.packages.values() ?? [])].map(({ name }) => name));
  } catch {
    return new Set();
  }
}
