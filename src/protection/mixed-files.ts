/**
 * Files that ordinary work changes (it adds a dependency) and that steer the tests too: only those parts of them
 * count. Pure.
 */
import { parse as parseToml } from 'smol-toml';
import type { Language } from './runner-files.js';
import { changedPackageParts } from './package-json-changes.js';
import { changedNames, isRecord, type JsonObject } from './json-parts.js';

interface MixedFile {
  readonly name: RegExp;
  readonly languages: readonly Language[];
  /** The parts that steer the tests and that differ, as a person would name them. */
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

/** The languages whose tests a file at this path steers with a part of it; none for any other file. */
export function partlyConfiguredLanguages(path: string): readonly Language[] {
  return MIXED_FILES.find(({ name }) => name.test(path))?.languages ?? [];
}

/** The parts that steer the tests and that a change of the file changes; texts are empty where there is no file. */
export function changedTestParts(
  path: string,
  before: string,
  after: string,
  commands: readonly string[],
): readonly string[] {
  return MIXED_FILES.find(({ name }) => name.test(path))?.changes(before, after, commands) ?? [];
}

type Parts = Readonly<Record<string, unknown>>;

/** Compares named parts of a text. */
function compareParts(parts: (text: string) => Parts): MixedFile['changes'] {
  return (before, after) => changedNames(parts(before), parts(after));
}

/** Compares named parts of a document. One that cannot be read is changed as a whole: who knows what others read. */
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
  // Hatch's and PDM's sections hold more than scripts, which ordinary work changes.
  const scripts = (name: string): unknown => {
    const section = tool[name];
    if (!isRecord(section)) return section;
    if (name === 'hatch') return section['envs'];
    if (name === 'pdm') return section['scripts'];
    return section;
  };
  return Object.fromEntries(names.map((name) => [`tool.${name}`, scripts(name)]));
}

/** Sections of an INI file that steer pytest, coverage, tox and nose. */
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

/** What a module is taken from instead of where it belongs. */
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

/** What stands behind each place that a pattern finds, up to the bracket that closes it. */
function blocks(text: string, begin: RegExp): Parts {
  const places = [...text.matchAll(begin)];
  if (places.length === 0) return {};
  if (places.length > BLOCKS) return { test: text };
  return { test: places.map(({ index }) => upToClosing(text.slice(index))).join('\n') };
}

/** A configuration says it once or twice. Where it is said more often the whole text counts: each costs a reading. */
const BLOCKS = 20;

function upToClosing(text: string): string {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[{}[\]()]/g)) {
    depth += '{[('.includes(bracket) ? 1 : -1;
    if (depth <= 0) return text.slice(0, index + 1);
  }
  return text;
}

/** Plugins and properties that say whether and which tests Maven runs. */
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

/** Lines of a Gradle build that speak of test tasks; a dependency of the tests is none. */
function gradleParts(text: string): Parts {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const steering =
    /\b(?:test|integrationTest|check)\s*[({.]|\bTest\s*[>)]|\bTest::class|\b(?:onlyIf|ignoreFailures|failOnNoMatchingTests|useJUnit\w*|useTestNG|excludeTestsMatching|includeTestsMatching|excludeTags|includeTags|testClassesDirs)\b|\benabled\s*=|\b(?:exclude|include)\s*[("']/;
  return { test: lines.filter((line) => steering.test(line) && !/^\/\//.test(line)).join('\n') };
}
