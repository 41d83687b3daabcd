/**
 * Files of mixed content: ordinary work changes them (it adds a dependency), and some of their parts configure the
 * tests. Only those parts are protected. Pure.
 */
import { parse as parseToml } from 'smol-toml';
import type { Language } from './runner-files.js';
import { changedPackageParts } from './package-json-changes.js';
import { changedNames, isRecord, type JsonObject } from './json-parts.js';

interface MixedFile {
  readonly name: RegExp;
  readonly languages: readonly Language[];
  /** The test-related parts that differ, named as a person would name them. */
  readonly changes: (before: string, after: string, commands: readonly string[]) => readonly string[];
}

const MIXED_FILES: readonly MixedFile[] = [
  { name: /(?:^|\/)package\.json$/, languages: ['javascript'], changes: changedPackageParts },
  { name: /(?:^|\/)deno\.jsonc?$/, languages: ['javascript'], changes: compareParts(denoParts) },
  { name: /(?:^|\/)vite\.config\.[cm]?[jt]s$/, languages: ['javascript'], changes: compareParts(viteParts) },
  { name: /(?:^|\/)pyproject\.toml$/, languages: ['python'], changes: compareToml(pyprojectParts) },
  { name: /(?:^|\/)(?:setup\.cfg|tox\.ini)$/, languages: ['python'], changes: compareParts(iniParts) },
  { name: /(?:^|\/)Cargo\.toml$/, languages: ['rust'], changes: compareToml(cargoParts) },
  { name: /(?:^|\/)go\.mod$/, languages: ['go'], changes: compareParts(goModParts) },
  {
    name: /(?:^|\/)composer\.json$/,
    languages: ['php'],
    changes: compareJson((json) => ({ scripts: json['scripts'] })),
  },
  { name: /(?:^|\/)pom\.xml$/, languages: ['jvm'], changes: compareParts(pomParts) },
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
 */
export function changedTestParts(
  path: string,
  before: string,
  after: string,
  commands: readonly string[],
): readonly string[] {
  return MIXED_FILES.find(({ name }) => name.test(path))?.changes(before, after, commands) ?? [];
}

type Parts = Readonly<Record<string, unknown>>;

/** Compares the parts that `parts` extracts from a text. */
function compareParts(parts: (text: string) => Parts): MixedFile['changes'] {
  return (before, after) => changedNames(parts(before), parts(after));
}

/**
 * Compares the parts that `parts` extracts from a parsed document. One that does not parse counts as a single part:
 * another parser may accept it and read any setting in it.
 */
function compareDocuments(
  read: (text: string) => unknown,
  parts: (document: JsonObject) => Parts,
): MixedFile['changes'] {
  const partsOf = (text: string): Parts => {
    try {
      const document = text.trim() === '' ? {} : read(text);
      return isRecord(document) ? parts(document) : {};
    } catch {
      return { 'all of it, which cannot be read': text };
    }
  };
  return (before, after) => changedNames(partsOf(before), partsOf(after));
}

function compareToml(parts: (document: JsonObject) => Parts): MixedFile['changes'] {
  return compareDocuments(parseToml, parts);
}

function compareJson(parts: (document: JsonObject) => Parts): MixedFile['changes'] {
  return compareDocuments((text): unknown => JSON.parse(text), parts);
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
  const parts: Record<string, string> = {};
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]+)\]/.exec(line);
    if (header !== null) section = (header[1] ?? '').trim();
    if (/^(?:tool:pytest|pytest|coverage(?::.*)?|testenv.*|tox|nosetests|unittest|aliases)$/.test(section)) {
      parts[`[${section}]`] = `${parts[`[${section}]`] ?? ''}${line.trim()}\n`;
    }
  }
  return parts;
}

function cargoParts(document: JsonObject): Parts {
  const at = (value: unknown, ...path: readonly string[]): unknown =>
    path.reduce((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
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
  const lines = text.split(/\r?\n/).map((line) => line.replace(/\/\/.*$/, '').trim());
  return { replace: lines.filter((line) => line.includes('=>')).join('\n') };
}

function denoParts(text: string): Parts {
  return blocks(text, /"(?:test|tasks|exclude)"\s*:/g);
}

function viteParts(text: string): Parts {
  return blocks(text, /(?:^|[^\w$.])['"]?test['"]?\s*[:(=]/g);
}

/** The text from each match of `begin` to the bracket that closes it. */
function blocks(text: string, begin: RegExp): Parts {
  const starts = [...text.matchAll(begin)];
  if (starts.length === 0) return {};
  if (starts.length > MAX_BLOCKS) return { test: text };
  return { test: starts.map(({ index }) => upToClosing(text.slice(index))).join('\n') };
}

/**
 * Blocks that are compared one by one. A real configuration has one or two. With more the whole text counts, since
 * each block costs a scan of the rest of the text.
 */
const MAX_BLOCKS = 20;

function upToClosing(text: string): string {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[{}[\]()]/g)) {
    depth += '{[('.includes(bracket) ? 1 : -1;
    if (depth <= 0) return text.slice(0, index + 1);
  }
  return text;
}

/** The plugins and properties that decide whether Maven runs tests, and which. */
function pomParts(text: string): Parts {
  const plugins = text.split('<plugin>').map((plugin) => plugin.split('</plugin>', 1)[0] ?? '');
  const properties = text.matchAll(
    /<(skipTests|skipITs|testFailureIgnore|testSourceDirectory|test|it\.test|maven\.test\.[\w.]+|surefire\.[\w.]+|failsafe\.[\w.]+)>[^<]*/g,
  );
  return {
    surefire: plugins
      .slice(1)
      .filter((plugin) => /surefire|failsafe/.test(plugin))
      .join('\n'),
    properties: [...properties].map(([property]) => property).join('\n'),
  };
}

/** The lines of a Gradle build that configure test tasks. Dependencies of the tests are not among them. */
function gradleParts(text: string): Parts {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const configuresTests =
    /\b(?:test|integrationTest|check)\s*[({.]|\bTest\s*[>)]|\bTest::class|\b(?:onlyIf|ignoreFailures|failOnNoMatchingTests|useJUnit\w*|useTestNG|excludeTestsMatching|includeTestsMatching|excludeTags|includeTags|testClassesDirs)\b|\benabled\s*=|\b(?:exclude|include)\s*[("']/;
  return { test: lines.filter((line) => configuresTests.test(line) && !/^\/\//.test(line)).join('\n') };
}
