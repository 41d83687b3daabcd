/** Reads Cargo's lock files. Pure. */
import { parse as parseToml } from 'smol-toml';
import { stableText, without } from '../json-parts.js';
import { isRecord } from '../../shared/is-record.js';
import type { Dependency, Lock, LockedPackage, LockFormat } from './lock.js';
import { at, declaredInTables, entries, items, text } from './manifests.js';

export const CARGO: LockFormat = {
  name: /^Cargo\.lock$/,
  manifest: /^Cargo\.toml$/,
  declared: (manifests) =>
    [...manifests.values()].flatMap((manifest) => {
      const document = parseToml(manifest);
      return declaredCrates(document, text(at(document, 'package', 'name')));
    }),
  read: readCargoLock,
};

const GROUPS = ['dependencies', 'dev-dependencies', 'build-dependencies'];

/** The tables of a `Cargo.toml` that declare dependencies. */
export function cargoTables(document: unknown): unknown[] {
  const scopes = [
    document,
    at(document, 'workspace'),
    ...entries(at(document, 'target')).map(([, scope]) => scope),
  ];
  return scopes.flatMap((scope) => GROUPS.map((group) => at(scope, group)));
}

/** The crates that a manifest declares, by the name of the package and not by the name that it is used under. */
function declaredCrates(document: unknown, importer: string): Dependency[] {
  return declaredInTables(
    importer,
    cargoTables(document).map((table) =>
      Object.fromEntries(entries(table).map(([name, spec]) => [text(at(spec, 'package')) || name, spec])),
    ),
  );
}

/** The source of crates from crates.io, in the index of either kind. */
const CRATES_IO =
  /^(?:registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index|sparse\+https:\/\/index\.crates\.io\/)$/;

function readCargoLock(source: string): Lock {
  const document = parseToml(source);
  const crates = items(document['package']).filter(isRecord);
  const idOf = (crate: unknown) => `${text(at(crate, 'name'))} ${text(at(crate, 'version'))}`;
  // A dependency is a name, with its version when there are several, and with its source when that does not suffice.
  const find = (dependency: unknown): string | undefined => {
    const [name, version] = text(dependency).split(' ');
    const found = crates.find(
      (crate) => crate['name'] === name && (version === undefined || crate['version'] === version),
    );
    return found === undefined ? undefined : idOf(found);
  };
  const requiresOf = (crate: unknown) => {
    const requires = new Map<string, string>();
    for (const dependency of items(at(crate, 'dependencies'))) {
      const id = find(dependency);
      const name = text(dependency).split(' ', 1)[0] ?? '';
      // A crate may use two versions of another one, under two names.
      if (id !== undefined) requires.set(requires.has(name) ? id : name, id);
    }
    return requires;
  };
  const members = crates.filter((crate) => crate['source'] === undefined);
  return {
    packages: new Map(
      crates.map((crate): [string, LockedPackage] => {
        const { name, source: from, checksum } = crate;
        const isMember = from === undefined;
        return [
          idOf(crate),
          {
            name: text(name),
            // A member of the workspace mirrors its manifest. Cargo writes a version to a dependency once there are several.
            identity: stableText(isMember ? 'member' : [crate['version'], from, checksum]),
            requires: requiresOf(crate),
            // Only a manifest can make a dependency a folder: Cargo ignores an entry that does not agree with it.
            fault:
              isMember || (CRATES_IO.test(text(from)) && text(checksum) !== '')
                ? null
                : 'does not come from crates.io, with a checksum',
            programs: [],
          },
        ];
      }),
    ),
    resolve: ({ importer, name }) => {
      const importers = members.filter((crate) => importer === '' || crate['name'] === importer);
      return importers.map((crate) => requiresOf(crate).get(name)).find((id) => id !== undefined);
    },
    rest: stableText(without(document, 'package', 'version')),
  };
}
