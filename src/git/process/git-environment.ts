import { delimiter, isAbsolute } from 'node:path';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { BIG_FILE_BYTES } from './git-limits.js';

/**
 * Configuration given on the command line beats every file, the repository's own included. Each line turns
 * off something through which a repository, or a person's settings, could run a program or change bytes.
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
  // A partial clone's missing objects are fetched by way of it even where no protocol is allowed.
  'fetch.bundleURI=',
  'submodule.recurse=false',
  'log.showSignature=false',
  'gc.auto=0',
  'maintenance.auto=false',
  // Files that a repository brings and that say of its objects what the objects may not say.
  'core.commitGraph=false',
  'pack.useBitmaps=false',
  // git's own refusal of names that another file system would take for `.git`, wherever this runs.
  'core.protectHFS=true',
  'core.protectNTFS=true',
  // What is larger is streamed from place to place instead of being held in memory; no source file is near it.
  `core.bigFileThreshold=${BIG_FILE_BYTES}`,
  // Not a switch: paths are printed as they are, never with quotes and backslashes.
  'core.quotePath=false',
  // Another process's lock is waited for: it is held for milliseconds (git's own default is a tenth of this).
  'core.filesRefLockTimeout=1000',
  'core.packedRefsTimeout=5000',
  // A repository of another owner (a container's mount, root) is read with all of the above off, so that
  // git's refusal protects nothing here.
  'safe.directory=*',
];

/** The arguments that come before git's subcommand. */
export const ISOLATION_ARGUMENTS: readonly string[] = [
  '--no-pager',
  '--no-replace-objects',
  ...FLAGS.flatMap((flag) => ['-c', flag]),
];

/**
 * The whole environment of a git process: nothing of the caller's GIT_ variables (this may run inside a hook,
 * where GIT_DIR and GIT_INDEX_FILE are set), no config but the repository's own, no question to a person, no
 * network.
 */
export function gitEnvironment(
  extra: Readonly<Record<string, string>> = {},
  base: Environment = process.env,
): NodeJS.ProcessEnv {
  return {
    PATH: programPath(base),
    // A `~` in the repository's own config stops git when there is no home.
    HOME: nonEmpty(base['HOME']) ?? '/',
    ...(nonEmpty(base['TMPDIR']) === undefined ? {} : { TMPDIR: base['TMPDIR'] }),
    // Untranslated messages, and patterns that match characters rather than bytes.
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    // git before 2.44 does not know GIT_NO_LAZY_FETCH; with no protocol allowed its fetch ends at once.
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

/** Where programs are looked for: never in the folder that git runs in, which is the repository's. */
export function programPath(base: Environment = process.env): string {
  const folders = (base['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.length > 0 ? folders.join(delimiter) : '/usr/local/bin:/usr/bin:/bin';
}

/** Who every commit and every line of a reflog is by. */
export const AUTHOR = { name: 'Leadwright', email: 'leadwright@localhost' } as const;

/** A folder of objects as a value of GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted, because a path may hold `:`. */
export function alternateObjects(folder: string): string {
  return `"${folder.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
