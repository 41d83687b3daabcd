/** Code of the repository that runs when it is installed or built, before any test and on the user's machine. Pure. */
import { parse as parseToml } from 'smol-toml';
import { parseYaml } from '../shared/files/read-yaml.js';
import { changedNames, without, type JsonObject } from './json-parts.js';
import { isRecord } from '../shared/is-record.js';
import { cargoTables } from './lock-files/cargo.js';
import { at, entries, items, text } from './lock-files/manifests.js';
import { iniSections, MAX_CHARS, plainLines } from './plain-lines.js';
import { installScripts } from './test-command.js';
import type { TextChange } from './text-change.js';

/** Files that package managers and compilers run, or that Python loads at each start. */
const RUN_AT_INSTALL =
  /(?:^|\/)(?:binding\.gyp|setup\.py|(?:hatch|pdm)_build\.py|build\.rs|[^/]+\.pth|entry_points\.txt|(?:[^/]*\.)?(?:egg|dist|EGG|DIST)-(?:info|INFO)\/.+)$/;

type Parts = Readonly<Record<string, unknown>>;

interface InstallFile {
  readonly name: RegExp;
  /** The parts that run at install, or that say from where code is installed; named as a person would name them. */
  readonly parts: (text: string, commands: readonly string[]) => Parts;
}

const INSTALL_FILES: readonly InstallFile[] = [
  { name: /(?:^|\/)package\.json$/, parts: (text, commands) => packageParts(JSON.parse(text), commands) },
  // pnpm reads these where there is no package.json.
  {
    name: /(?:^|\/)package\.yaml$/,
    parts: (text, commands) => packageParts(parseYamlManifest(text), commands),
  },
  {
    name: /(?:^|\/)package\.json5$/,
    parts: (text) => ({ 'all of it, which pnpm takes for a package': text }),
  },
  { name: /(?:^|\/)composer\.json$/, parts: (text) => composerParts(JSON.parse(text)) },
  { name: /(?:^|\/)pyproject\.toml$/, parts: (text) => pyprojectParts(parseToml(text)) },
  { name: /(?:^|\/)hatch\.toml$/, parts: (text) => hatchParts(parseToml(text)) },
  { name: /(?:^|\/)Pipfile$/, parts: (text) => pipfileParts(parseToml(text)) },
  { name: /(?:^|\/)setup\.cfg$/, parts: setupCfgParts },
  { name: /(?:^|\/)Cargo\.toml$/, parts: (text) => cargoParts(parseToml(text)) },
  {
    name: /(?:^|\/)(?:[\w.-]*(?:requirements|constraints)[\w.-]*|requirements\/[\w.-]+)\.(?:txt|in)$/,
    parts: requirementParts,
  },
];

/** The name under which a requirements file is looked up that has another one. */
export const REQUIREMENTS = 'requirements.txt';

/** Whether a file at this path runs at install, or has parts that do. */
export function concernsInstall(path: string): boolean {
  return RUN_AT_INSTALL.test(path) || INSTALL_FILES.some(({ name }) => name.test(path));
}

/**
 * Why a change runs code at install that did not run before, worded for the model; null when it does not.
 *
 * @param commands those of the set-up and of notifications, which name scripts
 * @param kind a path that tells what the file is, where its own path does not
 */
export function installReason(
  { path, before, after }: TextChange,
  commands: readonly string[],
  kind = path,
): string | null {
  if (after === null || before === after) return null;
  if (RUN_AT_INSTALL.test(path)) return `${path} runs when the project is installed or built`;
  const file = INSTALL_FILES.find(({ name }) => name.test(kind));
  if (file === undefined) return null;
  const partsOf = (text: string | null): Parts => {
    try {
      if (text === null || text.trim() === '') return {};
      if (text.length > MAX_CHARS) throw new Error('the text is too long');
      return withoutEmpty(file.parts(text, commands));
    } catch {
      return { 'all of it, which cannot be read': text };
    }
  };
  const [part] = changedNames(partsOf(before), partsOf(after));
  return part === undefined
    ? null
    : `the change touches ${part} of ${path}, which decides what code runs when the project is installed or a person is notified, or where that code comes from; change the rest of the file only`;
}

/** The parts that are there: an empty list says as much as none. */
function withoutEmpty(parts: Parts): Parts {
  const isEmpty = (value: unknown) =>
    value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => !isEmpty(value)));
}

/**
 * Keys that choose whose install scripts run, which package manager runs, what scripts find in their environment, and what
 * git runs as hooks.
 */
const PACKAGE_KEYS = [
  'allowScripts',
  'trustedDependencies',
  'packageManager',
  'devEngines',
  'gypfile',
  'config',
  'commitlint',
  'husky',
  'lint-staged',
  'simple-git-hooks',
  'pre-commit',
  'pre-push',
  'gitHooks',
  'ghooks',
];

/** Parses as pnpm does, which merges maps with `<<`. @throws Error when the text is not one document of YAML */
function parseYamlManifest(source: string): unknown {
  return parseYaml(source, { merge: true });
}

function packageParts(json: unknown, commands: readonly string[]): Parts {
  if (!isRecord(json)) return {};
  const scripts = new Map(entries(json['scripts']).map(([name, script]) => [name, text(script)]));
  return {
    ...Object.fromEntries(
      [...installScripts(scripts, commands)].map((name) => [`scripts.${name}`, scripts.get(name)]),
    ),
    ...Object.fromEntries(PACKAGE_KEYS.map((key) => [key, json[key]])),
    'pnpm.onlyBuiltDependencies': at(json, 'pnpm', 'onlyBuiltDependencies'),
  };
}

function composerParts(json: unknown): Parts {
  return {
    scripts: at(json, 'scripts'),
    repositories: at(json, 'repositories'),
    'config.allow-plugins': at(json, 'config', 'allow-plugins'),
  };
}

/** Back ends that a registry has, and that run no code of the repository by themselves. */
const BACK_END =
  /^(?:setuptools\.build_meta|hatchling\.build|flit_core\.buildapi|poetry\.core\.masonry\.api|pdm\.backend|uv_build|maturin|mesonpy|scikit_build_core\.build)$/;

function pyprojectParts(document: JsonObject): Parts {
  const build = document['build-system'];
  const tool = document['tool'];
  // Without the table, setuptools builds.
  const known =
    (build === undefined || BACK_END.test(text(at(build, 'build-backend')))) &&
    at(build, 'backend-path') === undefined &&
    items(at(build, 'requires')).every((each) => !isForeign(text(each)));
  return {
    'build-system': known ? undefined : build,
    'project.entry-points.pytest11': at(document, 'project', 'entry-points', 'pytest11'),
    'tool.poetry.plugins.pytest11': at(tool, 'poetry', 'plugins', 'pytest11'),
    'tool.poetry.build': at(tool, 'poetry', 'build'),
    'tool.poetry.source': at(tool, 'poetry', 'source'),
    ...Object.fromEntries(
      Object.entries(hatchParts(at(tool, 'hatch'))).map(([name, hooks]) => [`tool.hatch.${name}`, hooks]),
    ),
    'tool.pdm.build': at(tool, 'pdm', 'build'),
    'tool.setuptools.cmdclass': at(tool, 'setuptools', 'cmdclass'),
    'tool.setuptools.dynamic.entry-points': at(tool, 'setuptools', 'dynamic', 'entry-points'),
    ...Object.fromEntries(UV_SETTINGS.map((key) => [`tool.uv.${key}`, at(tool, 'uv', key)])),
    'tool.uv.sources': entries(at(tool, 'uv', 'sources')).filter(
      ([, source]) => at(source, 'workspace') !== true,
    ),
    dependencies: foreignDependencies(document),
  };
}

/** Settings that say from where uv installs, or that replace all versions of a package by one. */
const UV_SETTINGS = [
  'index',
  'index-url',
  'extra-index-url',
  'find-links',
  'override-dependencies',
  'constraint-dependencies',
];

/** Hatch reads its settings from a file of its own as well, `hatch.toml`. */
function hatchParts(hatch: unknown): Parts {
  return {
    'build.hooks': hooksOf(at(hatch, 'build')),
    'metadata.hooks': at(hatch, 'metadata', 'hooks'),
  };
}

function hooksOf(build: unknown): unknown {
  return [
    at(build, 'hooks'),
    ...entries(at(build, 'targets')).map(([, target]) => at(target, 'hooks')),
  ].filter((hooks) => hooks !== undefined);
}

/** A requirement that names its own source: a URL, a folder, or a file. */
function isForeign(requirement: string): boolean {
  const [, versions] = REQUIREMENT.exec(requirement.slice(0, MAX_REQUIREMENT_CHARS)) ?? [];
  // One space between all parts: several ways to read the same text would multiply.
  return versions === undefined || !VERSIONS.test(versions.replaceAll(/[\s(),]+/g, ' '));
}

/** A package's name and extras, its versions, and the condition after them. */
const REQUIREMENT = /^\s*[\w.-]+\s*(?:\[[\w\s,.-]*\])?([^;]*)(?:;.*)?$/;
/** Operators with versions, which never begin like an operator: `!` is a part of some (`1!2.0`). */
const VERSIONS = /^ ?(?:(?:===?|[!~<>]=|[<>]) ?[\w.*+!-]+ ?)*$/;

/** Characters of a requirement that are examined: more than one has, its hashes apart. */
const MAX_REQUIREMENT_CHARS = 500;

/** The dependencies of a Python project that name their own source. */
function foreignDependencies(document: unknown): unknown {
  const lists = [
    at(document, 'project', 'dependencies'),
    ...entries(at(document, 'project', 'optional-dependencies')).map(([, list]) => list),
    ...entries(at(document, 'dependency-groups')).map(([, list]) => list),
  ].flatMap(items);
  const poetry = at(document, 'tool', 'poetry');
  const tables = [
    at(poetry, 'dependencies'),
    at(poetry, 'dev-dependencies'),
    ...entries(at(poetry, 'group')).map(([, group]) => at(group, 'dependencies')),
  ].flatMap(entries);
  return [
    ...lists.filter((each) => typeof each === 'string' && isForeign(each)),
    ...tables.filter(([, spec]) => namesSource(spec)),
  ];
}

function namesSource(spec: unknown): boolean {
  return items(Array.isArray(spec) ? spec : [spec]).some((each) =>
    ['git', 'path', 'url', 'file', 'source', 'index', 'registry', 'registry-index'].some(
      (key) => at(each, key) !== undefined,
    ),
  );
}

function pipfileParts(document: JsonObject): Parts {
  const groups = Object.values(without(document, 'source', 'requires', 'scripts')).flatMap(entries);
  return {
    source: document['source'],
    scripts: document['scripts'],
    packages: groups.filter(([, spec]) => namesSource(spec)),
  };
}

/** The entry points of pytest and the commands of setuptools. */
function setupCfgParts(source: string): Parts {
  const sections = iniSections(source);
  const points = sections.get('options.entry_points') ?? [];
  return {
    '[options.entry_points] pytest11': points.some((line) => /^\s*pytest11\s*[=:]/.test(line)) ? points : [],
    cmdclass: [...sections.values()]
      .flat()
      .filter((line) => /^\s*(?:cmdclass|setup_requires|dependency_links|entry_points)\s*[=:]/.test(line)),
  };
}

function cargoParts(document: JsonObject): Parts {
  return {
    'package.build': at(document, 'package', 'build'),
    'package.links': at(document, 'package', 'links'),
    dependencies: cargoTables(document).flatMap((table) =>
      entries(table).filter(([, spec]) =>
        ['git', 'registry', 'registry-index'].some((key) => at(spec, key) !== undefined),
      ),
    ),
  };
}

/** The lines of a requirements file that are not the name of a package with versions: options, files and URLs. */
function requirementParts(source: string): Parts {
  const lines = plainLines(source)
    // A line of comment ends where it ends, also with a backslash there.
    .map((line) => line.replace(/^\s*#.*$/, ''))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => withoutHashes(line.replace(/(?:^|\s)#.*$/, '')));
  return { 'a line': lines.filter((line) => line !== '' && isForeign(line)) };
}

/** A line without the hashes at its end, its words one space apart. */
function withoutHashes(line: string): string {
  const words = line.split(/\s+/).filter((word) => word !== '');
  const last = words.findLastIndex((word) => !/^--hash=./.test(word));
  // A line of hashes alone belongs to no package.
  return (last === -1 ? words : words.slice(0, last + 1)).join(' ');
}
