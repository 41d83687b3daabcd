/** Reads Go's `go.sum`. Pure. */
import type { Dependency, LockedPackage, LockFormat } from './lock.js';
import { importerOf } from './manifests.js';

/**
 * `go.sum` has hashes of modules, for their content and for their go.mod, and no graph. The versions in use are those
 * of `go.mod`, which is a manifest.
 */
export const GO: LockFormat = {
  name: /^go\.sum$/,
  manifest: /^go\.mod$/,
  declared: (manifests, folder) =>
    [...manifests].flatMap(([path, text]) => requirementsIn(text, importerOf(path, folder))),
  read: (source) => {
    const lines = source.split('\n').filter((line) => line !== '');
    return {
      packages: new Map(
        lines.map((line): [string, LockedPackage] => {
          const [module, version, hash] = line.split(' ');
          const id = `${module} ${version}`;
          return [
            id,
            {
              // Each version counts as a package: hashes of versions that are not in use have no effect.
              name: id,
              identity: hash ?? '',
              requires: null,
              fault: hash?.startsWith('h1:') === true ? null : 'has no hash',
              programs: [],
            },
          ];
        }),
      ),
      resolve: ({ name, specs }) => `${name} ${specs[0]}`,
      rest: '',
    };
  },
};

/** The modules that a `go.mod` requires, directly or not. */
function requirementsIn(text: string, importer: string): Dependency[] {
  const requirements = text.matchAll(
    /^\s*(?:require\s+)?([\w.~-]+\.[\w.~-]+(?:\/[\w.~-]+)*)\s+(v[\w.+-]+)/gm,
  );
  return [...requirements].map(([, name, version]) => ({
    importer,
    name: name ?? '',
    specs: [version ?? ''],
  }));
}
