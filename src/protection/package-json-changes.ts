/** The parts of a `package.json` that decide how tests run. Pure. */
import { changedNames, isRecord, type JsonObject } from './json-parts.js';
import { testScripts } from './test-command.js';

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
];
const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
/** Keys that replace all versions of a package by one. */
const OVERRIDES = ['overrides', 'resolutions', 'pnpm'];
/** Packages that run tests, make assertions in them, or measure coverage. */
const RUNNER_PACKAGE =
  /^(?:@?(?:jest|vitest|mocha|chai|ava|tap|tape|jasmine|karma|uvu|cypress|c8|nyc|sinon|cucumber|tsx|ts-node|ts-jest|babel-jest|expect|supertest)\b|@(?:playwright|testing-library|tapjs|types\/(?:jest|mocha))\b|playwright\b)/;
/** A version or range that a registry resolves. Anything else names its own source, such as a URL or a folder. */
const FROM_A_REGISTRY =
  /^[\s\d.<>=~^|xX*vV-]*(?:-[\w.]+)?[\s\d.<>=~^|xX*-]*$|^(?:latest|next|workspace:.*|catalog:.*)$/;
/** Characters of a version: more than any range that a person writes. The pattern takes quadratic time. */
const MAX_VERSION_LENGTH = 100;

/**
 * The parts that decide how tests run and that differ.
 *
 * @param before text of the file, empty when it does not exist
 * @param after text after the change, empty when the file is deleted
 * @param commands the test commands, which name scripts
 */
export function changedPackageParts(before: string, after: string, commands: readonly string[]): string[] {
  const [old, now] = [parsePackage(before), parsePackage(after)];
  if (now === null) return before === after ? [] : ['all of it, which is not JSON'];
  const was = old ?? {};
  return [
    ...changedNames(pick(was, CONFIGURATION), pick(now, CONFIGURATION)),
    ...changedScripts(was, now, commands),
    ...removedWorkspaces(was, now),
    ...changedNames(replacedRunners(was), replacedRunners(now)),
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

function pick(json: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => json[key] !== undefined).map((key) => [key, json[key]]));
}

/** The changed scripts that run with the tests. A new script changes nothing, unless npm runs it as a hook of one. */
function changedScripts(was: JsonObject, now: JsonObject, commands: readonly string[]): string[] {
  const [old, scripts] = [scriptsOf(was), scriptsOf(now)];
  return [...testScripts(old, commands)]
    .filter((name) => old.get(name) !== scripts.get(name))
    .map((name) => `scripts.${name}`);
}

function scriptsOf(json: JsonObject): Map<string, string> {
  const scripts = isRecord(json['scripts']) ? Object.entries(json['scripts']) : [];
  return new Map(scripts.flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])));
}

/** Workspaces that are no longer listed: `--workspaces` would skip their tests. New ones are allowed. */
function removedWorkspaces(was: JsonObject, now: JsonObject): string[] {
  const remaining = new Set(workspacesOf(now));
  return workspacesOf(was).some((workspace) => !remaining.has(workspace)) ? ['workspaces'] : [];
}

function workspacesOf({ workspaces }: JsonObject): string[] {
  const listed: unknown = isRecord(workspaces) ? workspaces['packages'] : workspaces;
  return Array.isArray(listed) ? listed.filter((entry) => typeof entry === 'string') : [];
}

/** Test packages that do not come from a registry, and overrides that mention one. */
function replacedRunners(json: JsonObject): JsonObject {
  const dependencies = DEPENDENCIES.flatMap((key) =>
    entriesOf(json[key])
      .filter(([name, version]) => RUNNER_PACKAGE.test(name) && !isVersion(version))
      .map(([name, version]) => [`${key}.${name}`, version] as const),
  );
  const overrides = OVERRIDES.filter((key) => mentionsRunner(json[key])).map(
    (key) => [key, json[key]] as const,
  );
  return Object.fromEntries([...dependencies, ...overrides]);
}

function isVersion(version: unknown): boolean {
  return typeof version === 'string' && version.length <= MAX_VERSION_LENGTH && FROM_A_REGISTRY.test(version);
}

function mentionsRunner(value: unknown): boolean {
  return entriesOf(value).some(([name, inner]) => RUNNER_PACKAGE.test(name) || mentionsRunner(inner));
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}
