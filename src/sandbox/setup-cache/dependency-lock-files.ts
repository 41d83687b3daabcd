/** Finds the files that determine what a `setup` command installs, and computes the key of its layer from them. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { z } from 'zod';
import { isNeverPassed } from '../command-environment.js';
import type { Environment } from '../../shared/config.js';
import type { CommitSha } from '../../contract/ids.js';
import { includedRequirements } from '../../protection/named-files.js';
import type { TreeSource } from '../tree-source.js';

/** The files that determine what is installed, by the language of the packages. */
interface InstallFiles {
  readonly locks: readonly string[];
  /** They count when there is none of the lock files. Next to one they change too often to count as a whole. */
  readonly manifests: readonly string[];
}

const INSTALL_FILES: readonly InstallFiles[] = [
  {
    locks: [
      'package-lock.json',
      'npm-shrinkwrap.json',
      'yarn.lock',
      'pnpm-lock.yaml',
      'bun.lock',
      'bun.lockb',
      'deno.lock',
    ],
    manifests: ['package.json'],
  },
  {
    locks: ['poetry.lock', 'uv.lock', 'pdm.lock', 'Pipfile.lock', 'pixi.lock'],
    manifests: ['pyproject.toml', 'setup.py', 'setup.cfg', 'Pipfile'],
  },
  {
    // They lock nothing that a project declares: `pip install -r requirements-dev.txt -e .` installs both.
    locks: [
      'requirements.txt',
      'requirements-dev.txt',
      'requirements-test.txt',
      'dev-requirements.txt',
      'test-requirements.txt',
    ],
    manifests: [],
  },
  { locks: ['Cargo.lock'], manifests: ['Cargo.toml'] },
  { locks: ['go.sum'], manifests: ['go.mod'] },
  { locks: ['Gemfile.lock'], manifests: ['Gemfile'] },
  { locks: ['composer.lock'], manifests: ['composer.json'] },
  { locks: ['mix.lock'], manifests: ['mix.exs'] },
  { locks: ['pubspec.lock'], manifests: [] },
  { locks: ['gradle.lockfile'], manifests: ['build.gradle', 'build.gradle.kts'] },
  { locks: [], manifests: ['pom.xml'] },
  { locks: ['packages.lock.json'], manifests: [] },
];

const INSTALL_NAMES = INSTALL_FILES.flatMap(({ locks, manifests }) => [...locks, ...manifests]);

/** Settings of package managers: registries and installation hooks. They count with and without a lock file. */
const SETTINGS = [
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.pnpmfile.cjs',
  'bunfig.toml',
  'pip.conf',
  '.cargo/config.toml',
];

/** The package's own scripts that npm and similar tools run when they install its dependencies. */
const INSTALL_SCRIPTS = /^(?:(?:pre|post)?(?:install|prepare)|prepublish|dependencies)$/;

/**
 * The keys of a package.json from which a lock file is made. `npm ci` fails when the two disagree, so work that changes
 * only one of them must not be tested with packages that were installed before.
 */
const DECLARATIONS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'overrides',
  'resolutions',
];

/** A command names a few paths. A longer command is an inline script, and its first words are enough. */
const MAX_WORDS = 32;

/** Part of the key. Increase it when the format of a layer on disk changes, so that older layers are not used. */
const LAYER_VERSION = 2;

type HashedFile = readonly [path: string, hash: string];

/** Everything on which a set-up's result depends. */
export interface LayerInputs {
  readonly source: TreeSource;
  readonly commit: CommitSha;
  /** The plan's `setup`. */
  readonly command: string;
  /** The owner of the layers (a repository). Different scopes never share a layer, even with equal lock files. */
  readonly scope: string;
  readonly environment: { readonly host: Environment; readonly allow: readonly string[] };
}

/**
 * Finds the relative paths that a command names. The result of `npm ci --prefix web && ./scripts/setup.sh` depends on
 * the files in `web` and on that script, so they count as well as the files at the root.
 */
export function findPathsInCommand(command: string): string[] {
  const words = command
    .split(/[\s;&|<>()'"=]+/)
    .map((word) => word.replace(/^(?:\.\/)+/, '').replace(/\/+$/, ''));
  const isPath = (word: string): boolean =>
    /^[\w@.+-][\w@.+/-]*$/.test(word) &&
    !word.startsWith('-') &&
    !word.split('/').includes('..') &&
    word !== '.';
  return [...new Set(words.filter(isPath))].slice(0, MAX_WORDS);
}

/** Hashes everything on which a set-up's result depends, into 32 hexadecimal digits. */
export async function computeLayerKey({
  source,
  commit,
  command,
  scope,
  environment,
}: LayerInputs): Promise<string> {
  const { host, allow } = environment;
  const passed = [...new Set(allow)].filter((name) => !isNeverPassed(name)).sort();
  const inputs = {
    version: LAYER_VERSION,
    scope,
    command,
    // Installed packages may be compiled for this machine and this version of Node.
    platform: [process.platform, process.arch, process.version],
    env: passed.map((name) => [name, host[name] ?? null]),
    files: await hashInputFiles(source, commit, command),
  };
  return sha256(JSON.stringify(inputs)).slice(0, 32);
}

async function hashInputFiles(source: TreeSource, commit: CommitSha, command: string): Promise<HashedFile[]> {
  const named = findPathsInCommand(command);
  const files = await hashFiles(source, commit, named);
  for (const folder of ['', ...named.map((path) => `${path}/`)]) {
    const within = (name: string): string => folder + name;
    files.push(...deciding(await hashFiles(source, commit, INSTALL_NAMES.map(within)), within));
    files.push(...(await hashFiles(source, commit, SETTINGS.map(within))));
    files.push(
      ...hashInstallParts(await source.readFile(commit, within('package.json')), within('package.json')),
    );
  }
  return [
    ...files,
    ...(await hashWorkspaces(source, commit)),
    ...(await hashIncluded(
      source,
      commit,
      files.map(([path]) => path),
    )),
  ];
}

/** Manifests of workspaces that count: more than a large repository has. */
const MAX_WORKSPACES = 500;

/**
 * Hashes what the packages of npm's workspaces need, because the lock file at the root holds it. All packages of the
 * repository are taken for workspaces: one more set-up is a small price for reading no package manager's patterns.
 */
async function hashWorkspaces(source: TreeSource, commit: CommitSha): Promise<HashedFile[]> {
  const root = packageShape.safeParse(parseJson(await source.readFile(commit, 'package.json'))).data;
  if (root?.['workspaces'] === undefined && (await source.readFile(commit, 'pnpm-workspace.yaml')) === null)
    return [];
  const manifests = (await source.listTree(commit))
    .map(({ path }) => path)
    .filter((path) => path.endsWith('/package.json') && !path.includes('node_modules/'))
    .slice(0, MAX_WORKSPACES);
  const hashed = await Promise.all(
    manifests.map(async (path) => hashInstallParts(await source.readFile(commit, path), path)),
  );
  return hashed.flat();
}

/** The lock files, and the manifests of languages without one. */
function deciding(hashed: readonly HashedFile[], within: (name: string) => string): HashedFile[] {
  const pick = (names: readonly string[]): HashedFile[] => {
    const paths = new Set(names.map(within));
    return hashed.filter(([path]) => paths.has(path));
  };
  return INSTALL_FILES.flatMap(({ locks, manifests }) => {
    const locked = pick(locks);
    return locked.length > 0 ? locked : pick(manifests);
  });
}

/** Requirements files of pip. Others of such a name include no file. */
const REQUIREMENTS = /\.(?:txt|in)$/;
/** Requirements files that are followed: more than a large project has. */
const MAX_REQUIREMENTS = 100;

/** Hashes the files that requirements files include, transitively (`-r base.txt`). */
async function hashIncluded(
  source: TreeSource,
  commit: CommitSha,
  hashed: readonly string[],
): Promise<HashedFile[]> {
  const found = new Set(hashed.filter((path) => REQUIREMENTS.test(path)).slice(0, MAX_REQUIREMENTS));
  // Also those that are added meanwhile.
  for (const path of found) {
    const text = (await source.readFile(commit, path))?.toString('utf8') ?? '';
    for (const included of includedRequirements(text).flatMap(({ paths }) => paths))
      if (found.size < MAX_REQUIREMENTS) found.add(posix.join(posix.dirname(path), included));
  }
  return hashFiles(
    source,
    commit,
    [...found].filter((path) => !hashed.includes(path)),
  );
}

/**
 * Hashes the scripts of a package.json that an installation runs, and the packages that it declares. They determine the
 * result of a set-up as much as a lock file does, so a commit that changes them needs a different layer.
 */
function hashInstallParts(manifest: Buffer | null, path: string): HashedFile[] {
  const parsed = packageShape.safeParse(parseJson(manifest)).data ?? {};
  const scripts = Object.entries(parsed.scripts ?? {}).filter(([name]) => INSTALL_SCRIPTS.test(name));
  const declared = DECLARATIONS.flatMap((key) => (parsed[key] === undefined ? [] : [[key, parsed[key]]]));
  const parts = [...scripts.sort(), ...declared];
  return parts.length === 0 ? [] : [[path, sha256(JSON.stringify(parts))]];
}

const packageShape = z.looseObject({
  scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** Null for invalid JSON, which npm will report. */
function parseJson(content: Buffer | null): unknown {
  try {
    return JSON.parse(content?.toString('utf8') ?? 'null');
  } catch {
    return null;
  }
}

async function hashFiles(
  source: TreeSource,
  commit: CommitSha,
  paths: readonly string[],
): Promise<HashedFile[]> {
  // In parallel: the store answers concurrent reads in one batch, in the time of one read.
  const contents = await Promise.all(paths.map((path) => source.readFile(commit, path)));
  return paths.flatMap((path, index): HashedFile[] => {
    const content = contents[index] ?? null;
    return content === null ? [] : [[path, sha256(content)]];
  });
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
