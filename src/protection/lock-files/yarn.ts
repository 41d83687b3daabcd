/** Reads Yarn's lock files, those of version 1 and of later ones. Pure. */
import { stableText } from '../json-parts.js';
import { parseLockYaml } from './lock-yaml.js';
import { UnreadableLock, type Lock, type LockedPackage, type LockFormat } from './lock.js';
import { at, declaredInPackageJson, entries, text } from './manifests.js';
import { isNpmArchive, npmRegistryOf } from './sources.js';

export const YARN: LockFormat = {
  name: /^yarn\.lock$/,
  manifest: /^package\.json$/,
  declared: declaredInPackageJson,
  registries: (source) => {
    const found = entries(parseLockYaml(source)).map(([key, entry]) =>
      npmRegistryOf(archiveOf(entry), { name: nameOf(key), version: text(at(entry, 'version')) }),
    );
    return new Set(found.filter((registry) => registry !== null));
  },
  read: readYarnLock,
};

function nameOf(key: string): string {
  return key.slice(0, key.indexOf('@', 1));
}

/** The URL of an entry's archive, without the hash that Yarn 1 adds. */
function archiveOf(entry: unknown): string {
  return text(at(entry, 'resolved')).replace(/#.*$/, '');
}

function readYarnLock(source: string, registries: ReadonlySet<string>): Lock {
  const document = parseLockYaml(source);
  const { __metadata: metadata, ...packages } = document;
  /** The key of the entry for each descriptor, such as `mocha@^10.0.0`. */
  const byDescriptor = new Map<string, string>();
  for (const key of Object.keys(packages)) {
    for (const descriptor of key.split(/,\s*/)) {
      if (byDescriptor.has(descriptor)) throw new UnreadableLock(`${descriptor} is there twice`);
      byDescriptor.set(descriptor, key);
    }
  }
  const find = (name: string, range: string) =>
    byDescriptor.get(`${name}@${range}`) ?? byDescriptor.get(`${name}@npm:${range}`);
  const locked = entries(packages)
    // A workspace of this repository: it mirrors that manifest.
    .filter(([, entry]) => !/@workspace:/.test(text(at(entry, 'resolution'))))
    .map(([key, entry]): [string, LockedPackage] => [key, lockedPackage(key, entry, find, registries)]);
  const workspaces = entries(packages)
    .map(([, entry]) => text(at(entry, 'resolution')))
    .filter((resolution) => resolution.includes('@workspace:'));
  return {
    packages: new Map(locked),
    resolve: ({ name, specs }) => specs.map((spec) => find(name, spec)).find((key) => key !== undefined),
    rest: stableText([metadata, workspaces.sort()]),
  };
}

function lockedPackage(
  key: string,
  entry: unknown,
  find: (name: string, range: string) => string | undefined,
  registries: ReadonlySet<string>,
): LockedPackage {
  const name = nameOf(key);
  const requires = ['dependencies', 'optionalDependencies']
    .flatMap((group) => entries(at(entry, group)))
    .flatMap(([each, range]): [string, string][] => {
      const id = find(each, text(range));
      return id === undefined ? [] : [[each, id]];
    });
  return {
    name,
    identity: stableText(entry),
    requires: new Map(requires),
    fault: faultOf(name, entry, registries),
    programs: entries(at(entry, 'bin')).map(([program]) => program),
  };
}

/** The patches that are part of Yarn. */
const BUILTIN_PATCH =
  /^[\w.%^~-]+#(?:~|optional!)?builtin<compat\/(?:fsevents|resolve|typescript)>(?:::[\w.=&]*)?$/;

function faultOf(name: string, entry: unknown, registries: ReadonlySet<string>): string | null {
  const version = text(at(entry, 'version'));
  const resolution = at(entry, 'resolution');
  if (resolution !== undefined) {
    // Yarn itself patches a few packages.
    const builtin = `${name}@patch:${name}@npm%3A`;
    const isPatched =
      text(resolution).startsWith(builtin) && BUILTIN_PATCH.test(text(resolution).slice(builtin.length));
    if (resolution !== `${name}@npm:${version}` && !isPatched)
      return 'does not come from its own place in the registry';
    // A package that is not for this platform has conditions instead of a checksum.
    const fixed = text(at(entry, 'checksum')) !== '' || text(at(entry, 'conditions')) !== '';
    return fixed ? null : 'has no checksum';
  }
  if (!isNpmArchive(archiveOf(entry), { name, version }, registries)) {
    return 'does not come from its own place in the registry';
  }
  return text(at(entry, 'integrity')) === '' ? 'has no integrity hash' : null;
}
