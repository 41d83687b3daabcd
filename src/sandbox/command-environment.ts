/** The environment of a command: what it needs, what the plan names, and never a secret of ours. Pure. */
import type { Folders } from '../results/command-folders.js';
import { nonEmpty, type Environment } from '../shared/config.js';

/** What a tool needs to find its own parts; places, no secrets. */
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
 * Tools that look for their parts below HOME, which is another one here: when the folder of their commands is
 * on PATH, the variable is set to where they would have looked. [on PATH, variable, value], below HOME.
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

/** Whether a variable is one of ours, which no command gets even when the plan names it. */
export function isNeverPassed(name: string): boolean {
  return /^(?:ANTHROPIC_|TEMPORAL_|LEADWRIGHT_|DATABASE_URL$|OTEL_EXPORTER_OTLP_(?:.*_)?HEADERS$)/i.test(
    name,
  );
}

/**
 * The whole environment of a command.
 * @param host the environment of this process
 * @param allow the plan's `env`: names of further variables to pass; they replace everything but PATH and the
 *   private folders
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
    // Runners that would wait for changes or ask questions run once and end.
    CI: 'true',
    // Python holds back its output on a pipe, so that what a killed test printed last would be lost.
    PYTHONUNBUFFERED: '1',
    ...pick(host, allow),
    PATH: path,
    HOME: folders.home,
    TMPDIR: folders.tmp,
    TMP: folders.tmp,
    TEMP: folders.tmp,
    // The files are no repository; git must not take one that happens to lie above them for theirs.
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

/**
 * PATH without relative entries, and without what npm put in front when it started us: with those, the
 * project's tests would find our own tools and hide that theirs are not installed.
 */
function createPath(path: string | undefined): string {
  const entries = (path ?? '').split(':').filter((entry) => entry.startsWith('/') && !isAddedByNpm(entry));
  return nonEmpty(entries.join(':')) ?? DEFAULT_PATH;
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
