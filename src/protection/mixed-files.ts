/**
 * Files of mixed content: ordinary work changes them (it adds a dependency), and some of their parts configure the
 * tests. Only those parts are protected. Pure.
 */
import { parse as parseToml } from 'smol-toml';
import type { Language } from './runner-files.js';
import { isBuiltin } from 'node:module';
import { changedPackageParts, isRunnerPackage } from './package-json-changes.js';
import { changedNames, isRecord, parseJsonWithComments, type JsonObject } from './json-parts.js';
import { cargoTables } from './lock-files/cargo.js';
import { at, entries, text } from './lock-files/manifests.js';
import { iniSections, plainLines } from './plain-lines.js';

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
  { name: /(?:^|\/)tsconfig(?:\.[\w.-]+)?\.json$/, languages: ['javascript'], changes: changedTsconfigParts },
  { name: /(?:^|\/)pyproject\.toml$/, languages: ['python'], changes: compareToml(pyprojectParts) },
  { name: /(?:^|\/)(?:setup\.cfg|tox\.ini)$/, languages: ['python'], changes: compareParts(iniParts) },
  { name: /(?:^|\/)Cargo\.toml$/, languages: ['rust'], changes: changedCargoParts },
  { name: /(?:^|\/)go\.mod$/, languages: ['go'], changes: compareParts(goModParts) },
  { name: /(?:^|\/)pom\.xml$/, languages: ['jvm'], changes: compareParts(pomParts) },
  { name: /(?:^|\/)(?:Gemfile|gems\.rb)$/, languages: ['ruby'], changes: compareParts(gemfileParts) },
  { name: /(?:^|\/)build\.gradle(?:\.kts)?$/, languages: ['jvm'], changes: compareParts(gradleParts) },
];

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
function compareParts(parts: (text: string) => Parts): MixedFile['changes'] {
  const partsOf = (text: string): Parts => {
    try {
      return parts(text);
    } catch {
      return { 'all of it, which cannot be read': text };
    }
  };
  return (before, after) => changedNames(partsOf(before), partsOf(after));
}

/** Compares the parts that `parts` extracts from a parsed document. */
function compareDocuments(
  read: (text: string) => unknown,
  parts: (document: JsonObject) => Parts,
): MixedFile['changes'] {
  return compareParts((text) => {
    const document = text.trim() === '' ? {} : read(text);
    return isRecord(document) ? parts(document) : {};
  });
}

function compareToml(parts: (document: JsonObject) => Parts): MixedFile['changes'] {
  return compareDocuments(parseToml, parts);
}

function pyprojectParts(document: JsonObject): Parts {
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
    'django_test',
    'unittest',
  ];
  // The sections of Hatch and PDM also hold settings that ordinary work changes.
  const scripts = (name: string): unknown => {
    const section = tool[name];
    if (!isRecord(section)) return section;
    if (name === 'hatch') return section['envs'];
    if (name === 'pdm') return section['scripts'];
    return section;
  };
  return Object.fromEntries(names.map((name) => [`tool.${name}`, scripts(name)]));
}

/** The sections of an INI file that configure pytest, coverage, tox and nose. */
function iniParts(text: string): Parts {
  return Object.fromEntries(
    [...iniSections(text)]
      .filter(([section]) =>
        /^(?:tool:pytest|pytest|coverage(?::.*)?|testenv.*|tox|nosetests|unittest|aliases)$/.test(section),
      )
      .map(([section, lines]) => [`[${section}]`, lines.map((line) => line.trim())]),
  );
}

function changedCargoParts(before: string, after: string, commands: readonly string[]): readonly string[] {
  const compare = compareToml(cargoParts);
  return [
    ...compare(before, after, commands, () => false),
    ...movedCrates(before, after),
    ...renamedCrates(before, after),
  ];
}

/** Names of dependencies that stand for another crate now: `name = { package = "other" }`. */
function renamedCrates(before: string, after: string): string[] {
  const cratesIn = (source: string): [string, string][] => {
    try {
      return cargoTables(parseToml(source))
        .flatMap(entries)
        .map(([name, spec]) => [name, text(at(spec, 'package')) || name]);
    } catch {
      return [];
    }
  };
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
  const foldersIn = (source: string, isFolder: boolean) => {
    try {
      return cargoTables(parseToml(source))
        .flatMap(entries)
        .filter(([, spec]) => (at(spec, 'path') !== undefined) === isFolder)
        .map(([name, spec]) => text(at(spec, 'package')) || name);
    } catch {
      return [];
    }
  };
  const released = new Set(foldersIn(before, false));
  return foldersIn(after, true)
    .filter((name) => released.has(name))
    .map((name) => `dependencies.${name}`);
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

/** The `replace` directives: they load a module from another source. */
function goModParts(text: string): Parts {
  const lines = plainLines(text).map((line) => line.replace(/\/\/.*$/, '').trim());
  return { replace: lines.filter((line) => line.includes('=>')).join('\n') };
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
 * A build that is a program cannot be compared part by part. Ordinary work adds dependencies, so all but lines that
 * only declare one is compared.
 */
function gradleParts(text: string): Parts {
  return {
    'more than dependencies': otherLines(
      text,
      /^(?:\w*[iI]mplementation|api|\w*[cC]ompileOnly|\w*[rR]untimeOnly|\w*[aA]nnotationProcessor|ksp|kapt)[\s(]+["'][\w.:+-]+["']\s*\)?$/,
    ),
  };
}

function gemfileParts(text: string): Parts {
  return {
    'more than gems': otherLines(
      text,
      /^gem[\s(]+["'][\w.-]+["'](?:,\s*["'][\d.\w\s<>=~!-]*["'])*(?:,\s*(?:require:\s*(?:false|true)|groups?:\s*(?::\w+|\[[\w\s,:]*\])))*\s*\)?$/,
    ),
  };
}

/** The lines of a text that are neither empty, nor comments, nor of the ordinary kind. */
function otherLines(text: string, ordinary: RegExp): string {
  return plainLines(text)
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^(?:#|\/\/)/.test(line) && !(line.length <= MAX_LINE && ordinary.test(line)),
    )
    .join('\n');
}

/** Characters of a line that is examined: more than the declaration of a dependency has. */
const MAX_LINE = 300;

/** All of a Maven project but the dependencies of its code, and properties that hold versions. */
function pomParts(text: string): Parts {
  const [before = '', ...build] = text.split(/(?=<build>)/);
  return {
    'more than dependencies': [
      before
        .replace(/<dependency>(?:(?!<\/dependency>|systemPath)[^])*<\/dependency>/g, '')
        .replace(/<([\w.-]+\.version)>[\w.-]*<\/\1>/g, '')
        .replace(/\s+/g, ' '),
      ...build,
    ],
  };
}

/** The names that a compiler, and what runs its code, takes for other modules: those of packages, and of everything. */
function changedTsconfigParts(before: string, after: string): readonly string[] {
  const partsOf = (source: string): Parts => {
    try {
      const json = source.trim() === '' ? {} : parseJsonWithComments(source);
      const options = at(json, 'compilerOptions');
      const names = entries(at(options, 'paths')).filter(([name]) => isPackageName(name));
      return {
        ...Object.fromEntries(names.map(([name, target]) => [`compilerOptions.paths["${name}"]`, target])),
        'compilerOptions.plugins': at(options, 'plugins'),
        'ts-node': at(json, 'ts-node'),
        tsx: at(json, 'tsx'),
      };
    } catch {
      return {};
    }
  };
  return changedNames(partsOf(before), partsOf(after));
}

/** Whether an alias could stand for a package or a module of Node.js, and not only for folders of the repository. */
function isPackageName(alias: string): boolean {
  return (
    !/^[@~#$](?:\/|$)|^[#$~]|^\.{0,2}\//.test(alias) &&
    (isBuiltin(alias.replace(/\/\*$/, '')) || /^\*/.test(alias) || isRunnerPackage(alias))
  );
}
