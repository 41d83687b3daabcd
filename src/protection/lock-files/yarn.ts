/** Reads Yarn's lock files, those of version 1 and of later ones. Pure. */
import { parseSyml } from '@yarnpkg/parsers';
import { isRecord, stableText } from '../json-parts.js';
import { UnreadableLock, type Lock, type LockedPackage, type LockFormat } from './lock.js';
import { at, declaredInPackageJson, entries, text } from './manifests.js';
import { hostsIn, isNpmArchive } from './sources.js';

export const YARN: LockFormat = {
  name: /^yarn\.lock$/,
  manifest: /^package\.json$/,
  declared: declaredInPackageJson,
  read: readYarnLock,
};

function readYarnLock(source: string): Lock {
  const document: unknown = parseSyml(source);
  if (!isRecord(document)) throw new UnreadableLock('it is not a map');
  const { __metadata: metadata, ...packages } = document;
  const hosts = hostsIn(source);
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
    .map(([key, entry]): [string, LockedPackage] => [key, lockedPackage(key, entry, find, hosts)]);
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
  hosts: ReadonlySet<string>,
): LockedPackage {
  const name = key.slice(0, key.indexOf('@', 1));
  const requires = ['dependencies', 'optionalDependencies']
    .flatMap((group) => entries(at(entry, group)))
    .flatMap(([each, range]): [string, string][] => {
      const id = find(each, text(range));
      return id === undefined ? [] : [[each, id]];
    });
  const names = new Set(
    key.split(/,\s*/).map((descriptor) => descriptor.slice(0, descriptor.indexOf('@', 1))),
  );
  return {
    name,
    identity: stableText(entry),
    requires: new Map(requires),
    fault: names.size > 1 ? 'stands for packages of several names' : faultOf(name, entry, hosts),
    programs: entries(at(entry, 'bin')).map(([program]) => program),
  };
}

function faultOf(name: string, entry: unknown, hosts: ReadonlySet<string>): string | null {
  const version = text(at(entry, 'version'));
  const resolution = at(entry, 'resolution');
  if (resolution !== undefined) {
    if (resolution !== `${name}@npm:${version}`) return 'does not come from its own place in the registry';
    // A package that is not for this platform has conditions instead of a checksum.
    const fixed = text(at(entry, 'checksum')) !== '' || text(at(entry, 'conditions')) !== '';
    return fixed ? null : 'has no checksum';
  }
  if (!isNpmArchive(text(at(entry, 'resolved')).replace(/#.*$/, ''), { name, version }, hosts)) {
    return 'does not come from its own place in the registry';
  }
  return text(at(entry, 'integrity')) === '' ? 'has no integrity hash' : null;
}
