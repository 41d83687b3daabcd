/**
 * Follows the commands that judge a task, and those of the set-up, to the files that they reach: scripts, what scripts
 * and Makefiles call or include, configuration that an option names, modules that a runner loads first.
 */
import { parseJsonWithComments } from './json-parts.js';
import { at, text as asText } from './lock-files/manifests.js';
import { makeLines } from './makefile.js';
import {
  configuredFiles,
  includedRequirements,
  namedFiles,
  pytestPlugins,
  type CommandPlace,
  type FileUse,
  type NamedFile,
} from './named-files.js';
import { folderOf } from './runner-files.js';
import { buildFiles, SHELL_SCRIPT, splitWords } from './test-command.js';

/** A reached file. `compiler` is a file that a `tsconfig.json` extends. */
export interface ReachedFile {
  readonly use: FileUse | 'compiler';
  readonly isSetup: boolean;
  /** Whether a file that does not exist yet would be used as soon as it does. */
  readonly isOpen: boolean;
}

export type ReachedFiles = ReadonlyMap<string, ReachedFile>;

/** A commit's files, as far as commands are followed into them. */
export interface FileSource {
  /** The text of a file; null when there is none. */
  readonly read: (path: string) => Promise<string | null>;
  /** The paths of the files directly in a folder. */
  readonly list: (folder: string) => Promise<readonly string[]>;
}

export interface Command extends CommandPlace {
  readonly text: string;
}

/** Files that are followed. More than the scripts of a large project; it bounds the work for a hostile one. */
const MAX_FILES = 200;
/** Folders that a command is taken to run in, besides the root: `cd web && make -C lib`. */
const MAX_FOLDERS = 5;

/** Files at the root whose text says what runs with the tests. */
const RUNNER_CONFIGURATION =
  /^(?:\.mocharc.*|(?:jest|vitest|vite|ava|playwright|cypress|web-test-runner)\.config\..*|\.(?:nycrc|c8rc|taprc).*|jasmine\.json|karma\.conf\..*|package\.json)$/;
const PYTEST_CONFIGURATION = /^(?:conftest\.py|\.?pytest\.(?:ini|toml)|setup\.cfg|tox\.ini|pyproject\.toml)$/;
const COMPILER_CONFIGURATION = /(?:^|\/)[tj]sconfig(?:\.[\w.-]+)?\.json$/;

/**
 * Finds the files that commands reach, directly or through others.
 *
 * @param folders folders whose compiler settings count, besides those of the root
 */
export async function findReachedFiles(
  commands: readonly Command[],
  folders: readonly string[],
  source: FileSource,
): Promise<ReachedFiles> {
  const walk = new Walk(source);
  for (const command of commands) await walk.follow(command, '');
  for (const path of await source.list('')) {
    const place = { isSetup: false, isDirect: false };
    if (RUNNER_CONFIGURATION.test(path)) await walk.addFrom(path, configuredFiles, place);
    if (PYTEST_CONFIGURATION.test(path)) await walk.addFrom(path, pytestPlugins, place);
  }
  for (const folder of new Set(['', ...folders])) {
    const settings = (await source.list(folder)).filter((path) => COMPILER_CONFIGURATION.test(path));
    for (const path of settings) await walk.followExtends(path);
  }
  return walk.reached;
}

class Walk {
  readonly reached = new Map<string, ReachedFile>();
  private readonly followed = new Set<string>();
  constructor(private readonly source: FileSource) {}

  async follow({ text, ...place }: Command, home: string): Promise<void> {
    const folders = [...new Set([home, '', ...foldersIn(text)])].slice(0, MAX_FOLDERS);
    for (const named of namedFiles(text, place)) await this.add(named, folders, place);
    const plain = text.replaceAll(/\$[({]MAKE[)}]/g, 'make');
    for (const name of buildFiles(plain.split('\n')).flat()) {
      for (const folder of folders) await this.followBuildFile(join(folder, name), plain, place);
    }
  }

  /** Adds what a configuration file names. */
  async addFrom(path: string, read: (text: string) => NamedFile[], place: CommandPlace): Promise<void> {
    const text = await this.read(path);
    if (text === null) return;
    const folders = [...new Set([folderOf(path), ''])];
    for (const named of read(text)) await this.add(named, folders, place);
  }

  /** Adds what a compiler configuration extends, transitively. */
  async followExtends(path: string): Promise<void> {
    const text = await this.read(path);
    if (text === null) return;
    for (const each of [at(parsed(text), 'extends')].flat()) {
      if (!/^\.{1,2}\//.test(asText(each))) continue;
      const file = join(folderOf(path), asText(each));
      for (const name of [file, `${file}.json`]) {
        if (this.reached.has(name) || (await this.source.read(name)) === null) continue;
        this.reached.set(name, { use: 'compiler', isSetup: false, isOpen: false });
        await this.followExtends(name);
      }
    }
  }

  /** The text of a file that has not been followed yet; null when it has, or when there is none. */
  private async read(path: string): Promise<string | null> {
    if (this.followed.has(path) || this.followed.size >= MAX_FILES) return null;
    const text = await this.source.read(path);
    if (text !== null) this.followed.add(path);
    return text;
  }

  private async followBuildFile(path: string, command: string, place: CommandPlace): Promise<void> {
    const text = await this.read(path);
    if (text === null) return;
    const lines = /makefile$/i.test(path) ? makeLines(text, splitWords(command)) : text;
    await this.follow({ text: lines, ...place, isDirect: false }, folderOf(path));
  }

  private async add(named: NamedFile, folders: readonly string[], place: CommandPlace): Promise<void> {
    for (const folder of folders) {
      const paths = named.paths.map((path) => join(folder, path)).filter((path) => path !== '');
      const exist: boolean[] = [];
      for (const path of paths) {
        exist.push((await this.source.read(path)) !== null);
        if (exist.at(-1) === true) break;
      }
      const found = exist.indexOf(true);
      if (found < 0 && !named.isOptional) continue;
      // A file that is tried before the one that exists would be used instead of it.
      for (const path of found < 0 ? paths : paths.slice(0, found + 1)) {
        if (this.reached.has(path)) continue;
        this.reached.set(path, { use: named.use, isSetup: place.isSetup, isOpen: path !== paths[found] });
      }
      const path = paths[found];
      if (path !== undefined) await this.followFile(path, named.use, place);
    }
  }

  private async followFile(path: string, use: FileUse, place: CommandPlace): Promise<void> {
    if (use === 'requirements') return this.addFrom(path, includedRequirements, place);
    const isConfiguration =
      /\.(?:json|jsonc|ya?ml|toml|ini|cfg)$/.test(path) || RUNNER_CONFIGURATION.test(path);
    if (isConfiguration) return this.addFrom(path, configuredFiles, place);
    // Programs in other languages are not followed: what they import may be the project's own code.
    if (!SHELL_SCRIPT.test(path) && !/(?:^|\/)[^./]+$|\.(?:mk|just)$/.test(path)) return;
    const text = await this.read(path);
    if (text !== null) await this.follow({ text, ...place, isDirect: false }, folderOf(path));
  }
}

/** The folders that a command changes to, or gives to its programs as the one to work in. */
function foldersIn(text: string): string[] {
  return [
    ...text.slice(0, 2000).matchAll(/(?:\bcd|\s-C|\s--(?:prefix|dir|cwd|directory))[\s=]+["']?([\w./-]+)/g),
  ].map(([, folder = '']) => join('', folder));
}

function parsed(text: string): unknown {
  try {
    return parseJsonWithComments(text);
  } catch {
    return null;
  }
}

/** A path relative to a folder, in normal form; '' when it leads out of the repository. */
function join(folder: string, path: string): string {
  const names: string[] = [];
  for (const name of `${folder}/${path}`.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) return '';
  }
  return names.join('/');
}
