/**
 * Files of mixed content: ordinary work changes them (it adds a dependency), and some of their parts configure the
 * tests. Only those parts are protected. Pure.
 */
import { parse as parseToml } from 'smol-toml';
import { checkerSections } from './checker-files.js';
import { checksTypes, weakerChecks } from './type-checks.js';
import type { Language } from './runner-files.js';
import { isBuiltin } from 'node:module';
import { changedPackageParts, covers, isRunnerPackage, MAX_ALIASES } from './package-json-changes.js';
import { changedNames, parseJsonWithComments, type JsonObject } from './json-parts.js';
import { isRecord } from '../shared/is-record.js';
import { cargoTables } from './lock-files/cargo.js';
import { at, entries, text } from './lock-files/manifests.js';
import { iniSections, MAX_CHARS, plainLines } from './plain-lines.js';
import {
  changedGradleSettings,
  changedSolutionParts,
  cmakeParts,
  elixirConfigParts,
  gemfileParts,
  gemspecParts,
  gradleParts,
  mixParts,
  msbuildParts,
  pomParts,
} from './build-parts.js';

interface MixedFile {
  readonly name: RegExp;
  readonly languages: readonly Language[];
  /** The test-related parts that differ, named as a person would name them. */
  readonly changes: (
    before: string,
    after: string,
    commands: readonly string[],
    isInstalled: (name: string) => boolean,
  ) => readonly string[];
}

const MIXED_FILES: readonly MixedFile[] = [
  { name: /(?:^|\/)package\.json$/, languages: ['javascript'], changes: changedPackageParts },
  {
    name: /(?:^|\/)deno\.jsonc?$/,
    languages: ['javascript'],
    changes: compareDocuments(parseJsonWithComments, denoParts),
  },
  {
    name: /(?:^|\/)[tj]sconfig(?:\.[\w.-]+)?\.json$/,
    languages: ['javascript'],
    changes: changedCompilerParts,
  },
  { name: /(?:^|\/)pyproject\.toml$/, languages: ['python'], changes: compareToml(pyprojectParts) },
  { name: /(?:^|\/)(?:setup\.cfg|tox\.ini)$/, languages: ['python'], changes: compareParts(iniParts) },
  { name: /(?:^|\/)Cargo\.toml$/, languages: ['rust'], changes: changedCargoParts },
  { name: /(?:^|\/)go\.mod$/, languages: ['go'], changes: compareParts(goModParts) },
  { name: /(?:^|\/)pom\.xml$/, languages: ['jvm'], changes: compareParts(pomParts) },
  { name: /(?:^|\/)(?:Gemfile|gems\.rb)$/, languages: ['ruby'], changes: compareParts(gemfileParts) },
  { name: /(?:^|\/)[\w.-]+\.gemspec$/, languages: ['ruby'], changes: compareParts(gemspecParts) },
  {
    name: /(?:^|\/)settings\.gradle(?:\.kts)?$/,
    languages: ['jvm'],
    changes: ifReadable(changedGradleSettings),
  },
  { name: /\.gradle(?:\.kts)?$/, languages: ['jvm'], changes: compareParts(gradleParts) },
  { name: /(?:^|\/)mix\.exs$/, languages: ['elixir'], changes: compareParts(mixParts) },
  { name: /(?:^|\/)config\/[\w.]+\.exs$/, languages: ['elixir'], changes: compareParts(elixirConfigParts) },
  {
    name: /\.(?:cs|fs|vb)proj$|(?:^|\/)Directory\.Packages\.props$/,
    languages: ['dotnet'],
    changes: compareParts(msbuildParts),
  },
  { name: /\.sln$/, languages: ['dotnet'], changes: ifReadable(changedSolutionParts) },
  { name: /(?:^|\/)CMakeLists\.txt$|\.cmake$/, languages: ['c'], changes: compareParts(cmakeParts) },
  {
    // A class that runs the tests of Django, named in its settings.
    name: /(?:^|\/)[\w/]*settings[\w/]*\.py$/,
    languages: ['python'],
    changes: compareParts((text) => ({
      TEST_RUNNER: plainLines(text).filter((line) => /TEST_RUNNER/.test(line)),
    })),
  },
];

/** The name under which a file is looked up that a compiler's configuration extends. */
export const COMPILER = 'tsconfig.json';

/** The languages whose tests a part of the file at this path configures; empty for any other file. */
export function partlyConfiguredLanguages(path: string): readonly Language[] {
  return MIXED_FILES.find(({ name }) => name.test(path))?.languages ?? [];
}

/**
 * The parts of a mixed file that configure the tests and that a change touches.
 *
 * @param before text of the file, empty when it does not exist
 * @param after text after the change, empty when the file is deleted
 * @param isInstalled whether the project's lock file has a package of a name
 */
export function changedTestParts(
  path: string,
  before: string,
  after: string,
  commands: readonly string[],
  isInstalled: (name: string) => boolean,
): readonly string[] {
  return MIXED_FILES.find(({ name }) => name.test(path))?.changes(before, after, commands, isInstalled) ?? [];
}

type Parts = Readonly<Record<string, unknown>>;

/**
 * Compares the parts that `parts` extracts from a text. A text that it cannot read counts as a single part: another
 * parser may accept it and read any setting in it.
 */
function compareParts(parts: (text: string, commands: readonly string[]) => Parts): MixedFile['changes'] {
  const partsOf = (text: string, commands: readonly string[]): Parts => {
    try {
      if (text.length > MAX_CHARS) throw new Error('the text is too long');
      return parts(text, commands);
    } catch {
      return { 'all of it, which cannot be read': text };
    }
  };
  return (before, after, commands) => changedNames(partsOf(before, commands), partsOf(after, commands));
}

/** Compares two texts, each of which counts as a single part when it cannot be read. */
function ifReadable(changes: (before: string, after: string) => readonly string[]): MixedFile['changes'] {
  return (before, after) => {
    try {
      if (after.length > MAX_CHARS) throw new Error('the text is too long');
      return changes(before, after);
    } catch {
      return ['all of it, which cannot be read'];
    }
  };
}

/** Compares the parts that `parts` extracts from a parsed document. */
function compareDocuments(
  read: (text: string) => unknown,
  parts: (document: JsonObject, commands: readonly string[]) => Parts,
): MixedFile['changes'] {
  return compareParts((text, commands) => {
    const document = text.trim() === '' ? {} : read(text);
    return isRecord(document) ? parts(document, commands) : {};
  });
}

function compareToml(
  parts: (document: JsonObject, commands: readonly string[]) => Parts,
): MixedFile['changes'] {
  return compareDocuments(parseToml, parts);
}

function pyprojectParts(document: JsonObject, commands: readonly string[]): Parts {
  const tool = isRecord(document['tool']) ? document['tool'] : {};
  const names = [
    'pytest',
    'coverage',
    'tox',
    'nox',
    'hatch',
    'poe',
    'pdm',
    'taskipy',
    'doit',
    'django_test',
    'unittest',
    'behave',
    'rye',
    ...checkerSections(commands),
  ];
  // The sections of Hatch, PDM and Rye also hold settings that ordinary work changes.
  const scripts = (name: string): unknown => {
    const section = tool[name];
    if (!isRecord(section)) return section;
    if (name === 'hatch') return section['envs'];
    if (name === 'pdm' || name === 'rye') return section['scripts'];
    return section;
  };
  return Object.fromEntries(names.map((name) => [`tool.${name}`, scripts(name)]));
}

const RUNNER_SECTION =
  /^(?:tool:pytest|pytest|coverage(?::.*)?|testenv.*|tox|nosetests|unittest|behave(?:\..*)?|aliases)$/;

/** A checker has further sections for some files or plug-ins: `[mypy-shop.*]`, `[flake8:local-plugins]`. */
function isSectionOf(name: string, section: string): boolean {
  return section === name || (section.startsWith(name) && /^[-.:]/.test(section.slice(name.length)));
}

/** The sections of an INI file that configure pytest, coverage, tox, nose, behave, and the checkers that commands run. */
function iniParts(text: string, commands: readonly string[]): Parts {
  const ofCheckers = checkerSections(commands);
  return Object.fromEntries(
    [...iniSections(text)]
      .filter(
        ([section]) => RUNNER_SECTION.test(section) || ofCheckers.some((name) => isSectionOf(name, section)),
      )
      .map(([section, lines]) => [`[${section}]`, lines.map((line) => line.trim())]),
  );
}

function changedCargoParts(before: string, after: string, commands: readonly string[]): readonly string[] {
  const compare = compareToml(cargoParts);
  return [
    ...compare(before, after, commands, () => false),
    ...removedFromLists(before, after),
    ...movedCrates(before, after),
    ...renamedCrates(before, after),
  ];
}

/** Crates of a workspace, and features that are on by default, that are no longer listed: their tests would be left out. */
function removedFromLists(before: string, after: string): string[] {
  const listed = (source: string, keys: readonly string[]) =>
    readOr(() => [at(parseToml(source), ...keys)].flat(), []).filter((entry) => typeof entry === 'string');
  return [
    ['workspace', 'members'],
    ['features', 'default'],
  ]
    .filter((keys) => {
      const remaining = new Set(listed(after, keys));
      return listed(before, keys).some((entry) => !remaining.has(entry));
    })
    .map((keys) => keys.join('.'));
}

/** Names of dependencies that stand for another crate now: `name = { package = "other" }`. */
function renamedCrates(before: string, after: string): string[] {
  const cratesIn = (source: string) =>
    declaredCrates(source).map(([name, spec]) => [name, text(at(spec, 'package')) || name] as const);
  const old = cratesIn(before);
  const known = new Map(old);
  return cratesIn(after)
    .filter(
      ([name, crate]) =>
        (known.has(name) || /^(?:std|core|alloc|test|proc_macro)$/.test(name)) &&
        !old.some(([each, was]) => each === name && was === crate),
    )
    .map(([name]) => `dependencies.${name}`);
}

/** Dependencies that were declared with a version only, and are a folder now. */
function movedCrates(before: string, after: string): string[] {
  const foldersIn = (source: string, isFolder: boolean) =>
    declaredCrates(source)
      .filter(([, spec]) => (at(spec, 'path') !== undefined) === isFolder)
      .map(([name, spec]) => text(at(spec, 'package')) || name);
  const released = new Set(foldersIn(before, false));
  return foldersIn(after, true)
    .filter((name) => released.has(name))
    .map((name) => `dependencies.${name}`);
}

/** The dependencies of a `Cargo.toml` by name; none when it cannot be read. */
function declaredCrates(source: string): [string, unknown][] {
  return readOr(() => cargoTables(parseToml(source)).flatMap(entries), []);
}

function cargoParts(document: JsonObject): Parts {
  return {
    'package.autotests': at(document, 'package', 'autotests'),
    '[[test]]': document['test'],
    'lib.test': [at(document, 'lib', 'test'), at(document, 'lib', 'harness'), at(document, 'lib', 'doctest')],
    'profile.test': at(document, 'profile', 'test'),
    patch: document['patch'],
    replace: document['replace'],
    'workspace.exclude': at(document, 'workspace', 'exclude'),
    'workspace.default-members': at(document, 'workspace', 'default-members'),
  };
}

/** What loads a module from another source, and what leaves folders out. */
function goModParts(text: string): Parts {
  const lines = plainLines(text).map((line) => line.replace(/\/\/.*$/, '').trim());
  const ignored: string[] = [];
  let isList = false;
  for (const line of lines) {
    const [, first = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    if (isList && first !== ')') ignored.push(line);
    else if (!isList && first === 'ignore' && !rest.startsWith('(')) ignored.push(rest);
    isList = first !== ')' && (isList || (first === 'ignore' && rest.startsWith('(')));
  }
  return {
    replace: lines.filter((line) => line.includes('=>')).join('\n'),
    ignore: ignored.filter((line) => line !== '').join('\n'),
  };
}

function denoParts(json: JsonObject): Parts {
  return {
    ...Object.fromEntries(DENO_KEYS.map((key) => [key, json[key]])),
    // A new name for code of the repository is ordinary; another source for a name that exists is not.
    imports: entries(json['imports']).filter(([, target]) => !/^(?:npm|jsr):|^\.\.?\//.test(text(target))),
  };
}

const DENO_KEYS = [
  'test',
  'tasks',
  'exclude',
  'importMap',
  'scopes',
  'links',
  'patch',
  'nodeModulesDir',
  'vendor',
];

/**
 * What makes a compiler, and what runs its code, take a name for another module: what a file extends, where names begin,
 * and aliases. A new alias is free when it can stand neither for a package nor for what an earlier one stood for.
 */
function changedCompilerParts(
  before: string,
  after: string,
  commands: readonly string[],
  isInstalled: (name: string) => boolean,
): readonly string[] {
  const read = (text: string): unknown => {
    if (text.length > MAX_CHARS) throw new Error('the text is too long');
    return text.trim() === '' ? {} : parseJsonWithComments(text);
  };
  const aliasesIn = (document: unknown) => {
    const aliases = entries(at(document, 'compilerOptions', 'paths'));
    if (aliases.length > MAX_ALIASES) throw new Error('there are too many aliases');
    return aliases;
  };
  const oldDocument = readOr(() => read(before), {});
  const old = readOr(() => aliasesIn(oldDocument), []);
  const isNew = (alias: string) =>
    !old.some(([each]) => covers(each, alias) || covers(alias, each)) && !isPackageName(alias, isInstalled);
  return compareDocuments(read, (document) => ({
    extends: [at(document, 'extends')].flat().filter((each) => /^(?:\.|\/|\w:)/.test(text(each))),
    'compilerOptions.baseUrl': at(document, 'compilerOptions', 'baseUrl'),
    ...Object.fromEntries(
      aliasesIn(document)
        .filter(([alias]) => !isNew(alias))
        .map(([alias, target]) => [`compilerOptions.paths["${alias}"]`, target]),
    ),
    'compilerOptions.plugins': at(document, 'compilerOptions', 'plugins'),
    'ts-node': at(document, 'ts-node'),
    tsx: at(document, 'tsx'),
    ...(checksTypes(commands) ? weakerChecks(oldDocument, document) : {}),
  }))(before, after, commands, isInstalled);
}

function readOr<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Whether an alias could stand for a package or a module of Node.js, and not only for folders of the repository. */
function isPackageName(alias: string, isInstalled: (name: string) => boolean): boolean {
  if (/^[@~#$](?:\/|$)|^[#$~]|^\.{0,2}\//.test(alias)) return false;
  const name = alias.replace(/\/\*$/, '');
  return name.includes('*') || isBuiltin(name) || isRunnerPackage(name) || isInstalled(name);
}
