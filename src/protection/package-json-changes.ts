/** The parts of a `package.json` that steer the tests. Pure. */
import { changedNames, isRecord, type JsonObject } from './json-parts.js';
import { testScripts } from './test-command.js';

/** Keys that hold the configuration of a runner, or of what compiles the tests' code for it. */
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
/** Where one version of a package is put in place of all others. */
const OVERRIDES = ['overrides', 'resolutions', 'pnpm'];
/** Packages that run tests, judge in them or watch them. */
const RUNNER_PACKAGE =
  /^(?:@?(?:jest|vitest|mocha|chai|ava|tap|tape|jasmine|karma|uvu|cypress|c8|nyc|sinon|cucumber|tsx|ts-node|ts-jest|babel-jest|expect|supertest)\b|@(?:playwright|testing-library|tapjs|types\/(?:jest|mocha))\b|playwright\b)/;
/** A version by its number, as a registry has it. Anything else comes from where the change says. */
const FROM_A_REGISTRY =
  /^[\s\d.<>=~^|xX*vV-]*(?:-[\w.]+)?[\s\d.<>=~^|xX*-]*$|^(?:latest|next|workspace:.*|catalog:.*)$/;
/** Longer than any range that a person writes; the pattern costs the square of it. */
const VERSION_LENGTH = 100;

/** The parts that steer the tests and that differ. Texts are empty where there is no file. */
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

/** A script that is new steers nothing that was there, unless npm runs it before or after one that does. */
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

/** Packages whose tests `--workspaces` runs; a new one takes none away. */
function removedWorkspaces(was: JsonObject, now: JsonObject): string[] {
  const still = new Set(workspacesOf(now));
  return workspacesOf(was).some((workspace) => !still.has(workspace)) ? ['workspaces'] : [];
}

function workspacesOf({ workspaces }: JsonObject): string[] {
  const listed: unknown = isRecord(workspaces) ? workspaces['packages'] : workspaces;
  return Array.isArray(listed) ? listed.filter((entry) => typeof entry === 'string') : [];
}

/** Runners' packages that come from elsewhere than a registry, or in another's place. */
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
  return typeof version === 'string' && version.length <= VERSION_LENGTH && FROM_A_REGISTRY.test(version);
}

function mentionsRunner(value: unknown): boolean {
  return entriesOf(value).some(([name, inner]) => RUNNER_PACKAGE.test(name) || mentionsRunner(inner));
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}
