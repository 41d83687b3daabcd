/** Reads the lock files of Poetry, uv and Pipenv. Pure. */
import { parse as parseToml } from 'smol-toml';
import { stableText, without, type JsonObject } from '../json-parts.js';
import type { Dependency, Lock, LockedPackage, LockFormat, Manifests } from './lock.js';
import { at, declaredInTables, entries, importerOf, items, pythonName, text } from './manifests.js';
import { hostOf, isRegistryUrl } from './sources.js';

export const POETRY: LockFormat = {
  name: /^poetry\.lock$/,
  manifest: /^pyproject\.toml$/,
  declared: declaredInPyproject,
  read: readPoetryLock,
};
export const UV: LockFormat = {
  name: /^uv\.lock$/,
  manifest: /^pyproject\.toml$/,
  declared: declaredInPyproject,
  registries: (source) => {
    const urls = items(parseToml(source)['package']).flatMap((entry) => [
      at(entry, 'source', 'registry'),
      ...archivesOf(entry).map((archive) => at(archive, 'url')),
    ]);
    return new Set(urls.map((url) => hostOf(text(url))).filter((host) => host !== null));
  },
  read: readUvLock,
};

/** The archives of a package in `uv.lock`. */
function archivesOf(entry: unknown): unknown[] {
  return [...items(at(entry, 'wheels')), at(entry, 'sdist')].filter((archive) => archive !== undefined);
}
export const PIPENV: LockFormat = {
  name: /^Pipfile\.lock$/,
  manifest: /^Pipfile$/,
  declared: (manifests, folder) =>
    [...manifests].flatMap(([path, manifest]) => {
      const document = parseToml(manifest);
      return declaredInTables(importerOf(path, folder), pipfileGroups(document), pythonName);
    }),
  read: readPipfileLock,
};

function declaredInPyproject(manifests: Manifests, folder: string): Dependency[] {
  return [...manifests].flatMap(([path, manifest]) =>
    declaredInTables(importerOf(path, folder), dependencyTables(parseToml(manifest)), pythonName),
  );
}

/** The tables and lists of a `pyproject.toml` that declare dependencies. */
function dependencyTables(document: unknown): unknown[] {
  const poetry = at(document, 'tool', 'poetry');
  return [
    at(document, 'project', 'dependencies'),
    ...entries(at(document, 'project', 'optional-dependencies')).map(([, list]) => list),
    ...entries(at(document, 'dependency-groups')).map(([, list]) => list),
    at(document, 'tool', 'uv', 'dev-dependencies'),
    at(poetry, 'dependencies'),
    at(poetry, 'dev-dependencies'),
    ...entries(at(poetry, 'group')).map(([, group]) => at(group, 'dependencies')),
  ];
}

/** Every group of a Pipfile, besides its own sections, is a group of packages. */
function pipfileGroups(document: JsonObject): unknown[] {
  const sections = new Set(['source', 'requires', 'scripts', 'pipenv', 'pipfile']);
  return Object.entries(document).flatMap(([name, group]) => (sections.has(name) ? [] : [group]));
}

type Located = readonly [id: string, locked: LockedPackage];

/** A lock of packages that are found by their names. One name may have several versions, for several platforms. */
function lockByName(packages: readonly Located[], rest: unknown): Lock {
  const byName = new Map<string, LockedPackage>();
  for (const [, locked] of packages) {
    const same = byName.get(locked.name);
    byName.set(locked.name, same === undefined ? locked : together(same, locked));
  }
  return {
    packages: byName,
    resolve: ({ name }) => (byName.has(name) ? name : undefined),
    rest: stableText(rest),
  };
}

function together(one: LockedPackage, other: LockedPackage): LockedPackage {
  return {
    ...one,
    identity: stableText([one.identity, other.identity].sort()),
    requires: new Map([...(one.requires ?? []), ...(other.requires ?? [])]),
    fault: one.fault ?? other.fault,
  };
}

/** The names that lists or tables of requirements mention, each as its own id. */
function namesIn(...groups: readonly unknown[]): Map<string, string> {
  const names = groups.flatMap((group) => [
    ...items(group).map((each) => text(at(each, 'name'))),
    ...(Array.isArray(group) ? [] : entries(group).map(([name]) => name)),
  ]);
  return new Map(names.map(pythonName).map((name) => [name, name]));
}

function readPoetryLock(source: string): Lock {
  const document = parseToml(source);
  const { package: packages, metadata } = document;
  const oldFiles = at(metadata, 'files');
  return lockByName(
    items(packages).map((entry): Located => {
      const name = text(at(entry, 'name'));
      const files = at(entry, 'files') ?? at(oldFiles, name);
      const from = at(entry, 'source');
      const locked: LockedPackage = {
        name: pythonName(name),
        identity: stableText([
          at(entry, 'version'),
          files,
          from,
          at(entry, 'dependencies'),
          at(entry, 'develop'),
          at(entry, 'markers'),
        ]),
        requires: namesIn(at(entry, 'dependencies')),
        fault: from === undefined ? fileFault(name, files, 'file') : 'names its own source',
        programs: [],
      };
      return [name, locked];
    }),
    [without(document, 'package', 'metadata', 'extras'), without(metadata, 'content-hash', 'files')],
  );
}

/** What is wrong with the list of a package's archives: each needs a hash, and the package's own name. */
function fileFault(name: string, files: unknown, key: string): string | null {
  const listed = items(files);
  if (listed.length === 0) return 'has no hash';
  const own = listed.every((file) => {
    const archive = text(at(file, key)).replace(/^.*\//, '');
    return pythonName(archive).startsWith(`${pythonName(name)}-`) && text(at(file, 'hash')).startsWith('sha');
  });
  return own ? null : 'has an archive of another name, or without a hash';
}

function readUvLock(source: string, hosts: ReadonlySet<string>): Lock {
  const { package: packages, ...rest } = parseToml(source);
  // A project of this repository mirrors its manifest.
  const isLocal = (entry: unknown) =>
    ['editable', 'virtual', 'directory'].some((kind) => at(entry, 'source', kind) !== undefined);
  return lockByName(
    items(packages).map((entry): Located => {
      const name = text(at(entry, 'name'));
      const groups = ['optional-dependencies', 'dev-dependencies'].flatMap((group) =>
        entries(at(entry, group)).map(([, list]) => list),
      );
      const locked: LockedPackage = {
        name: pythonName(name),
        identity: stableText(isLocal(entry) ? at(entry, 'source') : without(entry, 'metadata')),
        requires: namesIn(at(entry, 'dependencies'), ...groups),
        fault: uvFault(name, entry, hosts),
        programs: [],
      };
      return [name, locked];
    }),
    rest,
  );
}

function uvFault(name: string, entry: unknown, hosts: ReadonlySet<string>): string | null {
  // The project itself.
  if (at(entry, 'source', 'virtual') === '.' || at(entry, 'source', 'editable') === '.') return null;
  if (!isRegistryUrl(text(at(entry, 'source', 'registry')), hosts)) return 'does not come from a registry';
  const archives = archivesOf(entry);
  if (!archives.every((archive) => isRegistryUrl(text(at(archive, 'url')), hosts))) {
    return 'has an archive that does not come from a registry';
  }
  return fileFault(name, archives, 'url');
}

function readPipfileLock(source: string): Lock {
  const json: unknown = JSON.parse(source);
  return lockByName(
    Object.values(without(json, '_meta')).flatMap((group) =>
      entries(group).map(([name, entry]): Located => {
        const odd = ['git', 'path', 'file', 'url', 'editable', 'ref'].find(
          (key) => at(entry, key) !== undefined,
        );
        const locked: LockedPackage = {
          name: pythonName(name),
          identity: stableText(entry),
          requires: null,
          fault:
            odd !== undefined
              ? `names its own source (${odd})`
              : items(at(entry, 'hashes')).length === 0
                ? 'has no hash'
                : null,
          programs: [],
        };
        return [name, locked];
      }),
    ),
    without(at(json, '_meta'), 'hash'),
  );
}
