/** Reads npm's lock files. Pure. */
import { stableText, type JsonObject } from '../json-parts.js';
import { isRecord } from '../../shared/is-record.js';
import { UnreadableLock, type Lock, type LockedPackage, type LockFormat } from './lock.js';
import { at, declaredInPackageJson, entries, text } from './manifests.js';
import { isNpmArchive, npmRegistryOf } from './sources.js';

/** What of an entry decides what is installed. The rest mirrors the package's manifest, or groups such as `dev`. */
const DECIDING = [
  'name',
  'version',
  'resolved',
  'integrity',
  'link',
  'inBundle',
  'bin',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
];

export const NPM: LockFormat = {
  name: /^(?:package-lock|npm-shrinkwrap)\.json$/,
  manifest: /^package\.json$/,
  declared: declaredInPackageJson,
  registries: (source) => {
    const packages: unknown = at(JSON.parse(source), 'packages');
    const found = entries(packages).map(([key, entry]) =>
      npmRegistryOf(text(at(entry, 'resolved')), { name: nameOf(key), version: text(at(entry, 'version')) }),
    );
    return new Set(found.filter((registry) => registry !== null));
  },
  read: readNpmLock,
};

function readNpmLock(source: string, registries: ReadonlySet<string>): Lock {
  const json: unknown = JSON.parse(source);
  const packages = at(json, 'packages');
  // Version 1 has no `packages`. npm 7 and later write 2 or 3.
  if (!isRecord(json) || !isRecord(packages)) throw new UnreadableLock('it has no "packages"');
  const known = new Map(
    Object.entries(packages).filter((entry): entry is [string, JsonObject] => isRecord(entry[1])),
  );
  const locked = [...known].filter(([key]) => key.includes('node_modules/'));
  return {
    packages: new Map(
      locked.map(([key, entry]): [string, LockedPackage] => [
        key,
        lockedPackage(key, entry, known, registries),
      ]),
    ),
    resolve: ({ importer, name }) => resolveFrom(importer, name, known),
    // `dependencies` repeats the packages for npm 6, which would install from it.
    rest: stableText({
      version: json['lockfileVersion'] === 3 ? 3 : 2,
      old: at(json, 'dependencies') === undefined,
    }),
  };
}

function lockedPackage(
  key: string,
  entry: JsonObject,
  known: ReadonlyMap<string, JsonObject>,
  registries: ReadonlySet<string>,
): LockedPackage {
  const name = nameOf(key);
  const requires = ['dependencies', 'optionalDependencies', 'peerDependencies']
    .flatMap((group) => entries(entry[group]))
    .flatMap(([each]): [string, string][] => {
      const id = resolveFrom(key, each, known);
      return id === undefined ? [] : [[each, id]];
    });
  const bin = entry['bin'];
  return {
    name,
    identity: stableText(DECIDING.map((part) => entry[part])),
    requires: new Map(requires),
    fault: faultOf(key, name, entry, registries),
    programs:
      typeof bin === 'string' ? [name.slice(name.indexOf('/') + 1)] : entries(bin).map(([each]) => each),
  };
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function faultOf(
  key: string,
  name: string,
  entry: JsonObject,
  registries: ReadonlySet<string>,
): string | null {
  if (entry['link'] === true) return 'is a link to a folder';
  // Part of the archive of the package above it, whose hash covers it.
  if (entry['inBundle'] === true && key.split('node_modules/').length > 2) return null;
  if (entry['name'] !== undefined && entry['name'] !== name) return 'installs a package of another name';
  if (text(entry['integrity']) === '') return 'has no integrity hash';
  const { resolved } = entry;
  const version = text(entry['version']);
  // npm leaves `resolved` out when it is configured to: the registry's own archive is then used.
  return resolved === undefined || isNpmArchive(text(resolved), { name, version }, registries)
    ? null
    : 'does not come from its own place in the registry';
}

/** The entry that Node.js finds for a name, from the folder of another entry. */
function resolveFrom(
  folder: string,
  name: string,
  known: ReadonlyMap<string, JsonObject>,
): string | undefined {
  for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const key = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (known.has(key)) return key;
    if (at === '') return undefined;
  }
}
