/**
 * Follows the commands that judge a task, and those of the set-up, to the files that they reach: scripts, what scripts
 * and Makefiles call or include, configuration that an option names, modules that a runner loads first.
 */
import { basename } from 'node:path/posix';
import { parseJsonWithComments } from './json-parts.js';
import { at, text as asText } from './lock-files/manifests.js';
import { compileGlob, globProblem } from '../plan/glob.js';
import { makeGoals, withExpandedIncludes } from './makefile.js';
import {
  configuredFiles,
  includedRequirements,
  namedFiles,
  pytestPlugins,
  resolved,
  type CommandPlace,
  type FileUse,
  type NamedFile,
} from './named-files.js';
import { foldersAbove } from '../shared/files/folders-above.js';
import { runnerKeys } from './package-json-changes.js';
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
  readonly exists: (path: string) => Promise<boolean>;
  /** The text of a file; null when there is none. */
  readonly read: (path: string) => Promise<string | null>;
  /** The paths of the files directly in a folder. */
  readonly list: (folder: string) => Promise<readonly string[]>;
}

export interface Command extends CommandPlace {
  readonly text: string;
  /** The folder that it runs in; the root when absent. */
  readonly folder?: string;
}

/** Files that are followed. More than the scripts of a large project; it bounds the work for a hostile one. */
const MAX_FILES = 200;
/** Folders whose configuration is read: more than an ordinary submission touches. */
const MAX_SETTINGS = 100;
/** Paths that are looked for: a hundred for each file that is followed, most of which do not exist. */
const MAX_LOOKUPS = 20_000;
/** Folders that a command is taken to run in, besides the root: `cd web && make -C lib`. */
const MAX_FOLDERS = 5;

/** Names of files whose text says what runs with the tests. */
const RUNNER_CONFIGURATION =
  /^(?:\.mocharc.*|(?:jest|vitest|vite|ava|playwright|cypress|web-test-runner)\.config\..*|\.(?:nycrc|c8rc|taprc).*|jasmine\.json|karma\.conf\..*|package\.json)$/;
const IS_PROGRAM = /\.[cm]?[jt]s$/;
const PYTEST_CONFIGURATION = /^(?:conftest\.py|\.?pytest\.(?:ini|toml)|setup\.cfg|tox\.ini|pyproject\.toml)$/;
const COMPILER_CONFIGURATION = /(?:^|\/)[tj]sconfig(?:\.[\w.-]+)?\.json$/;

/**
 * Finds the files that commands reach, directly or through others.
 *
 * @param paths files whose configuration counts: what is in their folders and above
 */
export async function findReachedFiles(
  commands: readonly Command[],
  paths: readonly string[],
  source: FileSource,
): Promise<ReachedFiles> {
  const walk = new Walk(source, paths);
  for (const command of commands) await walk.follow(command);
  const folders = [...new Set(['', ...paths.flatMap(foldersAbove).map(folderOf)])].slice(0, MAX_SETTINGS);
  for (const folder of folders) {
    for (const path of await source.list(folder)) await walk.followConfiguration(path);
  }
  return walk.reached;
}

function runnerFilesIn(path: string): (text: string) => NamedFile[] {
  return path === 'package.json'
    ? (text) => configuredFiles(runnerKeys(text), true)
    : (text) => configuredFiles(text, !IS_PROGRAM.test(path));
}

/** Packages of runners that a file would be loaded in place of, where names begin in its folder (`baseUrl`). */
const RUNNER_MODULES = ['chai', 'mocha', 'vitest', 'sinon', 'expect', 'supertest', 'ava', 'tape', 'uvu'];

class Walk {
  readonly reached = new Map<string, ReachedFile>();
  private readonly followed = new Set<string>();
  private readonly looked = new Map<string, boolean>();
  constructor(
    private readonly source: FileSource,
    /** The paths that a submission changes. */
    private readonly paths: readonly string[],
  ) {}

  async follow({ text, folder: home = '', ...place }: Command): Promise<void> {
    const folders = [...new Set([home, '', ...foldersIn(text)])].slice(0, MAX_FOLDERS);
    for (const named of namedFiles(text, place)) await this.add(named, folders, place);
    const plain = text.replaceAll(/\$[({]MAKE[)}]/g, 'make');
    for (const name of buildFiles(plain.split('\n')).flat()) {
      for (const folder of folders) await this.followBuildFile(join(folder, name), plain, place);
    }
  }

  /** Adds what a configuration file names. */
  async addFrom(path: string, read: (text: string) => NamedFile[], place: CommandPlace): Promise<void> {
    const text = await this.readOnce(path, `names, ${place.isSetup}`);
    if (text === null) return;
    const folders = [...new Set([folderOf(path), ''])];
    for (const named of read(text)) await this.add(named, folders, place);
  }

  /** Adds what a configuration of runners or compilers names, in the folder of a package or at the root. */
  async followConfiguration(path: string): Promise<void> {
    const place = { isSetup: false, isDirect: false };
    const name = basename(path);
    if (RUNNER_CONFIGURATION.test(name)) await this.addFrom(path, runnerFilesIn(name), place);
    if (PYTEST_CONFIGURATION.test(name)) await this.addFrom(path, pytestPlugins, place);
    if (COMPILER_CONFIGURATION.test(name)) await this.followExtends(path);
  }

  /** Adds what a compiler configuration extends, transitively. */
  async followExtends(path: string): Promise<void> {
    const text = await this.readOnce(path, 'extends');
    if (text === null) return;
    const settings = parsed(text);
    const base = at(settings, 'compilerOptions', 'baseUrl');
    if (typeof base === 'string') {
      for (const name of RUNNER_MODULES.flatMap(resolved)) {
        const file = join(folderOf(path), `${base}/${name}`);
        if (!(await this.exists(file))) this.reached.set(file, { use: 'code', isSetup: false, isOpen: true });
      }
    }
    for (const each of [at(settings, 'extends')].flat()) {
      if (!/^\.{1,2}\//.test(asText(each))) continue;
      const file = join(folderOf(path), asText(each));
      for (const name of [file, `${file}.json`]) {
        if (this.reached.has(name) || !(await this.exists(name))) continue;
        this.reached.set(name, { use: 'compiler', isSetup: false, isOpen: false });
        await this.followExtends(name);
      }
    }
  }

  private async exists(path: string): Promise<boolean> {
    const known = this.looked.get(path);
    if (known !== undefined || this.looked.size >= MAX_LOOKUPS) return known ?? false;
    const found = await this.source.exists(path);
    this.looked.set(path, found);
    return found;
  }

  /** The text of a file, once for each purpose; null the next time, and when there is no file. */
  private async readOnce(path: string, purpose: string): Promise<string | null> {
    const key = `${path}\0${purpose}`;
    if (this.followed.has(key) || this.followed.size >= MAX_FILES || !(await this.exists(path))) return null;
    this.followed.add(key);
    return this.source.read(path);
  }

  private async followBuildFile(path: string, command: string, place: CommandPlace): Promise<void> {
    const text = await this.readOnce(path, `${command}, ${place.isSetup}`);
    if (text === null) return;
    const folder = folderOf(path);
    if (!/makefile$/i.test(path)) return this.follow({ text, folder, ...place, isDirect: false });
    const { lines, fileTargets } = makeGoals(withExpandedIncludes(text), splitWords(command));
    for (const target of fileTargets) await this.addTarget(join(folder, target), place);
    await this.follow({ text: lines, folder, ...place, isDirect: false });
  }

  /** A new file, or folder, of the name of a target: make would find that it is up to date, and run nothing. */
  private async addTarget(target: string, { isSetup }: CommandPlace): Promise<void> {
    const named = this.paths.filter((path) => path === target || path.startsWith(`${target}/`));
    if (named.length === 0 || (await this.exists(target)) || (await this.source.list(target)).length > 0)
      return;
    for (const path of named) this.reached.set(path, { use: 'code', isSetup, isOpen: true });
  }

  /** Adds the files in the folder of a pattern that match it, and those that the submission adds there. */
  private async addMatching(pattern: string, use: FileUse, place: CommandPlace): Promise<void> {
    if (globProblem(pattern) !== null) return;
    const listed = await this.source.list(folderOf(pattern));
    const known = new Set(listed);
    const matching = [...new Set([...listed, ...this.paths])]
      .filter(compileGlob(pattern))
      .slice(0, MAX_FILES);
    for (const path of matching) {
      if (!this.reached.has(path))
        this.reached.set(path, { use, isSetup: place.isSetup, isOpen: !known.has(path) });
      if (known.has(path)) await this.followFile(path, use, place);
    }
  }

  private async add(named: NamedFile, folders: readonly string[], place: CommandPlace): Promise<void> {
    for (const folder of folders) {
      if (named.isPattern === true) {
        for (const path of named.paths) await this.addMatching(join(folder, path), named.use, place);
        continue;
      }
      const paths = named.paths.map((path) => join(folder, path)).filter((path) => path !== '');
      const exist: boolean[] = [];
      for (const path of paths) {
        exist.push(await this.exists(path));
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
    if (isConfiguration) return this.addFrom(path, runnerFilesIn(path), place);
    // Programs in other languages are not followed: what they import may be the project's own code.
    if (!SHELL_SCRIPT.test(path) && !/(?:^|\/)[^./]+$|\.(?:mk|just)$/.test(path)) return;
    const text = await this.readOnce(path, `commands, ${place.isSetup}`);
    if (text !== null) await this.follow({ text, folder: folderOf(path), ...place, isDirect: false });
  }
}

/** The folders that a command changes to, or gives to its programs as the one to work in. */
export function foldersIn(text: string): string[] {
  return [
    ...text
      .slice(0, 2000)
      .matchAll(/(?:\bcd|\s-[Cw]|\s--(?:prefix|dir|cwd|directory|workspace|filter))[\s=]+["']?([\w./-]+)/g),
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
