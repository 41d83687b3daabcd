/** Builds a command's environment: standard variables and those the plan names, without Leadwright's secrets. Pure. */
import { isCloudCredential } from '../model/providers.js';
import type { Folders } from '../results/command-folders.js';
import { nonEmpty, type Environment } from '../shared/config.js';

/** Variables with which tools find their own files. They hold paths, no secrets. */
const TOOL_CHAINS = [
  'ASDF_DATA_DIR',
  'ASDF_DIR',
  'DOTNET_ROOT',
  'GOROOT',
  'JAVA_HOME',
  'MISE_DATA_DIR',
  'PYENV_ROOT',
  'RBENV_ROOT',
  'RUSTUP_HOME',
  'VOLTA_HOME',
];

/**
 * Tools that look for their files in HOME. A command has another HOME, so when PATH contains the tool's command
 * folder, the variable is set to the tool's folder in the real HOME. Each entry: [folder on PATH, variable, value];
 * both folders are relative to HOME.
 */
const TOOL_CHAINS_IN_HOME = [
  ['.asdf/shims', 'ASDF_DATA_DIR', '.asdf'],
  ['.cargo/bin', 'RUSTUP_HOME', '.rustup'],
  ['.local/share/mise/shims', 'MISE_DATA_DIR', '.local/share/mise'],
  ['.pyenv/shims', 'PYENV_ROOT', '.pyenv'],
  ['.rbenv/shims', 'RBENV_ROOT', '.rbenv'],
  ['.volta/bin', 'VOLTA_HOME', '.volta'],
] as const;

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Whether a variable belongs to Leadwright. */
export function isOwnVariable(name: string): boolean {
  return /^(?:ANTHROPIC_|TEMPORAL_|LEADWRIGHT_|DATABASE_URL$|OTEL_EXPORTER_OTLP_(?:.*_)?HEADERS$)/i.test(
    name,
  );
}

/** Whether no command gets a variable, even when the plan names it: it is Leadwright's, or a cloud's credentials. */
export function isNeverPassed(name: string): boolean {
  return isOwnVariable(name) || isCloudCredential(name);
}

/**
 * Builds the complete environment of a command.
 * @param host the environment of this process
 * @param allow the plan's `env`: names of additional variables to pass. They override everything except PATH, the
 *   command's own folders and GIT_CEILING_DIRECTORIES.
 * @param folders the command's own folders, as it sees them
 */
export function createCommandEnvironment(
  host: Environment,
  allow: readonly string[],
  folders: Folders,
): Record<string, string> {
  const path = createPath(host['PATH']);
  return {
    LANG: 'C.UTF-8',
    ...pick(host, Object.keys(host).filter(isLocale)),
    ...pick(host, ['USER', 'LOGNAME']),
    ...findToolChainsInHome(nonEmpty(host['HOME']), path),
    ...pick(host, TOOL_CHAINS),
    SHELL: '/bin/sh',
    TERM: 'dumb',
    NO_COLOR: '1',
    // Test runners that would watch for changes or ask questions run once and exit.
    CI: 'true',
    // Python buffers its output to a pipe. Without this, the last output of a killed test would be lost.
    PYTHONUNBUFFERED: '1',
    ...pick(host, allow),
    PATH: path,
    HOME: folders.home,
    TMPDIR: folders.tmp,
    TMP: folders.tmp,
    TEMP: folders.tmp,
    // The tree is not a repository. Git must not use one that happens to be in a folder above it.
    GIT_CEILING_DIRECTORIES: parentOf(folders.tree),
  };
}

const isLocale = (name: string): boolean => /^(?:LANG|LC_[A-Z]+)$/.test(name);

function pick(host: Environment, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = host[name];
    if (value !== undefined && !isNeverPassed(name)) picked[name] = value;
  }
  return picked;
}

function createPath(path: string | undefined): string {
  return commandPath(path).used.join(':');
}

/**
 * The entries of PATH that commands get: none that is relative, and none that npm may have added when it started this
 * process. With npm's entries, the project's tests would find Leadwright's own tools, which would hide that theirs are
 * missing.
 */
export function commandPath(path: string | undefined): {
  readonly used: readonly string[];
  /** Those that npm may have added. */
  readonly skipped: readonly string[];
} {
  const entries = (path ?? '').split(':').filter((entry) => entry.startsWith('/'));
  const used = entries.filter((entry) => !isAddedByNpm(entry));
  return {
    used: used.length === 0 ? DEFAULT_PATH.split(':') : used,
    skipped: entries.filter(isAddedByNpm),
  };
}

const isAddedByNpm = (entry: string): boolean => /\/(?:node_modules\/\.bin|node-gyp-bin)\/?$/.test(entry);

function findToolChainsInHome(home: string | undefined, path: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (home === undefined) return found;
  const entries = new Set(path.split(':'));
  for (const [commands, name, folder] of TOOL_CHAINS_IN_HOME) {
    if (entries.has(`${home}/${commands}`)) found[name] = `${home}/${folder}`;
  }
  return found;
}

function parentOf(folder: string): string {
  return nonEmpty(folder.slice(0, folder.lastIndexOf('/'))) ?? '/';
}
