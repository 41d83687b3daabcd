/** Reads pnpm's lock files. Pure. */
import { stableText } from '../json-parts.js';
import { isRecord } from '../../shared/is-record.js';
import { parseLockYaml } from './lock-yaml.js';
import { UnreadableLock, type Lock, type LockedPackage, type LockFormat } from './lock.js';
import { at, declaredInPackageJson, entries, NPM_DEPENDENCIES, text } from './manifests.js';

export const PNPM: LockFormat = {
  name: /^pnpm-lock\.yaml$/,
  manifest: /^package\.json$/,
  declared: declaredInPackageJson,
  read: readPnpmLock,
};

function readPnpmLock(source: string): Lock {
  const document = parseLockYaml(source);
  const version = text(document['lockfileVersion']);
  // Version 9 keeps the graph in `snapshots`; version 6 in `packages`, whose keys begin with a slash.
  if (!/^(?:6|9)\./.test(version)) throw new UnreadableLock(`its version is ${version || 'unknown'}`);
  const { importers, packages, snapshots, ...others } = document;
  const locked = entries(version.startsWith('9.') ? snapshots : packages).map(
    ([key, snapshot]): [string, LockedPackage] => {
      const id = key.replace(/^\//, '');
      const plain = id.replace(/\(.*$/, '');
      return [id, lockedPackage(plain, at(packages, plain) ?? snapshot, snapshot)];
    },
  );
  const links = linksOf(importers ?? { '.': document });
  return {
    packages: new Map([...locked, ...links]),
    resolve: ({ importer, name }) => {
      const folder = importer === '' ? '.' : importer;
      const version = versionIn(importers === undefined ? document : at(importers, folder), name);
      return version === '' ? undefined : idOf(name, version);
    },
    rest: stableText(
      Object.entries(others).filter(
        ([key]) => key !== 'time' && !NPM_DEPENDENCIES.some((group) => group === key),
      ),
    ),
  };
}

/** The version that a dependency of an importer resolves to; empty when it has none. */
function versionIn(importer: unknown, name: string): string {
  for (const group of NPM_DEPENDENCIES) {
    const found = at(importer, group, name);
    const version = text(isRecord(found) ? found['version'] : found);
    if (version !== '') return version;
  }
  return '';
}

/** A dependency's version is a version with its peers, a link, or, for an alias, the id of the real package. */
function idOf(name: string, version: string): string {
  return /^\d/.test(version) ? `${name}@${version}` : version.replace(/^\//, '');
}

/** The folders that dependencies of importers are linked to. They have no entries of their own. */
function linksOf(importers: unknown): [string, LockedPackage][] {
  return entries(importers).flatMap(([, importer]) =>
    NPM_DEPENDENCIES.flatMap((group) => entries(at(importer, group)))
      .map(([name, found]) => ({ name, version: text(isRecord(found) ? found['version'] : found) }))
      .filter(({ version }) => version.startsWith('link:'))
      .map(({ name, version }): [string, LockedPackage] => [
        version,
        { name, identity: version, requires: new Map(), fault: 'is a link to a folder', programs: [] },
      ]),
  );
}

function lockedPackage(plain: string, entry: unknown, snapshot: unknown): LockedPackage {
  const requires = ['dependencies', 'optionalDependencies']
    .flatMap((group) => entries(at(snapshot, group)))
    .map(([each, version]): [string, string] => [each, idOf(each, text(version))]);
  const resolution = at(entry, 'resolution');
  return {
    name: plain.slice(0, plain.indexOf('@', 1)),
    identity: stableText([plain, resolution, at(entry, 'hasBin') ?? false]),
    requires: new Map(requires),
    fault: faultOf(resolution),
    programs: [],
  };
}

function faultOf(resolution: unknown): string | null {
  const odd = entries(resolution).find(([key]) => key !== 'integrity');
  if (odd !== undefined) return `names its own source (${odd[0]})`;
  return text(at(resolution, 'integrity')) === '' ? 'has no integrity hash' : null;
}
