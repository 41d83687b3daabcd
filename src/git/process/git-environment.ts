import { delimiter, isAbsolute } from 'node:path';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { BIG_FILE_BYTES } from './git-limits.js';

/**
 * Settings for the command line, which override every configuration file, including the repository's own. Each turns
 * off a feature through which a repository, or a user's settings, could run a program or change bytes.
 */
const FLAGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.sshCommand=false',
  'core.askPass=',
  'core.editor=false',
  'core.pager=cat',
  'core.alternateRefsCommand=true',
  'credential.helper=',
  'protocol.allow=never',
  // A partial clone would fetch missing objects through it even when no protocol is allowed.
  'fetch.bundleURI=',
  'submodule.recurse=false',
  'log.showSignature=false',
  'gc.auto=0',
  'maintenance.auto=false',
  // Files of the repository that may contradict its objects.
  'core.commitGraph=false',
  'pack.useBitmaps=false',
  // git refuses names that another file system would take for `.git`, on every platform.
  'core.protectHFS=true',
  'core.protectNTFS=true',
  // Larger files are streamed instead of being held in memory. No source file is nearly that large.
  `core.bigFileThreshold=${BIG_FILE_BYTES}`,
  // For parsing: paths are printed as they are, never with quotes and backslashes.
  'core.quotePath=false',
  // Wait for another process's lock, which is held for milliseconds. git's own defaults are a tenth of these.
  'core.filesRefLockTimeout=1000',
  'core.packedRefsTimeout=5000',
  // Accept a repository of another owner (a container's mount, root). git refuses these because of what the settings
  // above turn off already.
  'safe.directory=*',
];

/** The arguments before git's subcommand that isolate it from the repository's settings. */
export const ISOLATION_ARGUMENTS: readonly string[] = [
  '--no-pager',
  '--no-replace-objects',
  ...FLAGS.flatMap((flag) => ['-c', flag]),
];

/**
 * The complete environment of a git process. It has none of the caller's GIT_ variables (Leadwright may run inside a
 * hook, where GIT_DIR and GIT_INDEX_FILE are set), no configuration except the repository's own, no prompts and no
 * network.
 */
export function gitEnvironment(
  extra: Readonly<Record<string, string>> = {},
  base: Environment = process.env,
): NodeJS.ProcessEnv {
  return {
    PATH: programPath(base),
    // git fails on a `~` in the repository's own configuration when HOME is not set.
    HOME: nonEmpty(base['HOME']) ?? '/',
    ...(nonEmpty(base['TMPDIR']) === undefined ? {} : { TMPDIR: base['TMPDIR'] }),
    // Untranslated messages, and patterns that match characters instead of bytes.
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    // git before 2.44 does not know GIT_NO_LAZY_FETCH. With no protocol allowed, its fetch fails at once.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ADVICE: '0',
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
    ...extra,
  };
}

/** A PATH with absolute folders only: programs are never looked up in the repository that git runs in. */
export function programPath(base: Environment = process.env): string {
  const folders = (base['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.length > 0 ? folders.join(delimiter) : '/usr/local/bin:/usr/bin:/bin';
}

/** The author and committer of every commit and reflog entry. */
export const AUTHOR = { name: 'Leadwright', email: 'leadwright@localhost' } as const;

/** An object folder as a value of GIT_ALTERNATE_OBJECT_DIRECTORIES, quoted because a path may contain `:`. */
export function alternateObjects(folder: string): string {
  return `"${folder.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
