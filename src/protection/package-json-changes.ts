/** The parts of a `package.json` that decide how tests run. Pure. */
import { checkerSections } from './checker-files.js';
import { changedNames, type JsonObject } from './json-parts.js';
import { isRecord } from '../shared/is-record.js';
import { at, entries, NPM_DEPENDENCIES, text } from './lock-files/manifests.js';
import { isNpmVersion } from './lock-files/sources.js';
import { namesForScripts, testScripts } from './test-command.js';

/** Keys that configure a test runner, or a compiler of the tests' code. */
const CONFIGURATION = [
  'jest',
  'mocha',
  'vitest',
  'ava',
  'tap',
  'jasmine',
  'c8',
  'nyc',
  'babel',
  'cypress',
  'wtr',
  // what runs scripts in place of npm
  'wireit',
  'nx',
];
/** Keys that replace all versions of a package by one. */
const OVERRIDES = ['overrides', 'resolutions', 'pnpm'];
/** Packages that run tests, make assertions in them, or measure coverage. */
const RUNNER_PACKAGE =
  /^(?:@?(?:jest|vitest|mocha|chai|ava|tap|tape|jasmine|karma|uvu|cypress|c8|nyc|sinon|cucumber|tsx|ts-node|ts-jest|babel-jest|expect|supertest)\b|@(?:playwright|testing-library|tapjs|types\/(?:jest|mocha))\b|playwright\b)/;

/**
 * The parts that decide how tests run and that differ.
 *
 * @param before text of the file, empty when it does not exist
 * @param after text after the change, empty when the file is deleted
 * @param commands the test commands, which name scripts
 * @param isInstalled whether the project's lock file has a package of a name
 */
export function changedPackageParts(
  before: string,
  after: string,
  commands: readonly string[],
  isInstalled: (name: string) => boolean,
): string[] {
  const [old, now] = [parsePackage(before), parsePackage(after)];
  if (now === null) return before === after ? [] : ['all of it, which is not JSON'];
  const was = old ?? {};
  const configuring = [...CONFIGURATION, ...checkerSections(commands)];
  const declared = new Set(NPM_DEPENDENCIES.flatMap((key) => entries(was[key]).map(([name]) => name)));
  const isKnown = (name: string) => isRunnerPackage(name) || declared.has(name) || isInstalled(name);
  return [
    ...changedNames(pick(was, configuring), pick(now, configuring)),
    ...changedScripts(was, now, { commands, isKnown }),
    ...removedWorkspaces(was, now),
    ...changedNames(replacedPrograms(was, isKnown), replacedPrograms(now, isKnown)),
    ...changedNames(replacedPackages(was, isKnown), replacedPackages(now, isKnown)),
    ...changedNames(knownNames(was, was), knownNames(now, was)),
  ];
}

function parsePackage(text: string): JsonObject | null {
  if (text.trim() === '') return {};
  try {
    const json: unknown = JSON.parse(text);
    return isRecord(json) ? json : null;
  } catch {
    return null;
  }
}

/** The configuration of test runners in a `package.json`, as text. */
export function runnerKeys(packageJson: string): string {
  return JSON.stringify(pick(parsePackage(packageJson) ?? {}, CONFIGURATION));
}

function pick(json: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => json[key] !== undefined).map((key) => [key, json[key]]));
}

/**
 * The changed scripts that run with the tests. A new script changes nothing, unless npm runs it as a hook of one, or it would
 * run in place of a known package's program.
 */
function changedScripts(
  was: JsonObject,
  now: JsonObject,
  {
    commands,
    isKnown,
  }: { readonly commands: readonly string[]; readonly isKnown: (name: string) => boolean },
): string[] {
  const [old, scripts] = [scriptsOf(was), scriptsOf(now)];
  return [...testScripts(old, commands), ...[...namesForScripts(old, commands)].filter(isKnown)]
    .filter((name) => old.get(name) !== scripts.get(name))
    .map((name) => `scripts.${name}`);
}

function scriptsOf(json: JsonObject): Map<string, string> {
  const scripts = isRecord(json['scripts']) ? Object.entries(json['scripts']) : [];
  return new Map(scripts.flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])));
}

/** Workspaces that are no longer listed, or that are left out now: `--workspaces` would skip their tests. New ones are allowed. */
function removedWorkspaces(was: JsonObject, now: JsonObject): string[] {
  const remaining = new Set(workspacesOf(now));
  const old = workspacesOf(was);
  const leftOut = workspacesOf(now).some(
    (workspace) => workspace.startsWith('!') && !old.includes(workspace),
  );
  return leftOut || old.some((workspace) => !remaining.has(workspace)) ? ['workspaces'] : [];
}

function workspacesOf({ workspaces }: JsonObject): string[] {
  const listed: unknown = isRecord(workspaces) ? workspaces['packages'] : workspaces;
  return Array.isArray(listed) ? listed.filter((entry) => typeof entry === 'string') : [];
}

/**
 * Packages that the tests may load and that would come from elsewhere: those that run tests, that were declared before,
 * or that another package brings. And overrides of such a package, or by something other than a version.
 */
function replacedPackages(json: JsonObject, isKnown: (name: string) => boolean): JsonObject {
  const dependencies = NPM_DEPENDENCIES.flatMap((key) =>
    entries(json[key])
      .filter(([name, version]) => isKnown(name) && !isNpmVersion(version))
      .map(([name, version]) => [`${key}.${name}`, version] as const),
  );
  const overrides = OVERRIDES.filter((key) => replaces(json[key], isKnown)).map(
    (key) => [key, json[key]] as const,
  );
  // A package finds itself under its own name, and npm links a workspace in place of a package of its name.
  const name = text(json['name']);
  return { ...Object.fromEntries([...dependencies, ...overrides]), name: isKnown(name) ? name : undefined };
}

/** Programs of the project that npx, or npm's links, would take for those of a known package. */
function replacedPrograms(json: JsonObject, isKnown: (name: string) => boolean): JsonObject {
  const own = text(json['name']);
  const programs = entries(json['bin'])
    .filter(([name]) => name !== own && isKnown(name))
    .map(([name, path]) => [`bin.${name}`, path] as const);
  return { ...Object.fromEntries(programs), 'directories.bin': at(json, 'directories', 'bin') };
}

/** Whether overrides concern a known package, or give anything but a version. */
function replaces(value: unknown, isKnown: (name: string) => boolean): boolean {
  return entries(value).some(
    ([name, inner]) =>
      // Yarn and pnpm name a dependency of a dependency as `a/b`, `**/b` or `a>b`, each with a version perhaps.
      (name.match(/@[^/>@\s]+\/[^/>@\s]+|[^/>@\s*]+/g) ?? []).some(isKnown) ||
      (isRecord(inner) ? replaces(inner, isKnown) : typeof inner === 'string' && !isNpmVersion(inner)),
  );
}

/** The package's names for its own modules (`#cart`) that were there, and those that could be taken for one of them. */
function knownNames({ imports }: JsonObject, was: JsonObject): JsonObject {
  const [names, old] = [entries(imports), entries(was['imports'])];
  if (Math.max(names.length, old.length) > MAX_ALIASES) return { imports };
  return Object.fromEntries(
    names
      .filter(([name]) => old.some(([each]) => covers(each, name) || covers(name, each)))
      .map(([name, target]) => [`imports.${name}`, target]),
  );
}

/** Aliases that are compared, each with all others. Projects have some dozens. */
export const MAX_ALIASES = 1_000;

/** Whether one alias, perhaps with a `*`, stands for all names that another one does. */
export function covers(alias: string, other: string): boolean {
  const [start = '', end] = alias.split('*', 2);
  return end === undefined ? alias === other : other.startsWith(start) && other.endsWith(end);
}

/** Whether a package runs tests, makes assertions in them, or measures coverage. */
export function isRunnerPackage(name: string): boolean {
  return RUNNER_PACKAGE.test(name);
}
