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
  return text.split('\n').flatMap((line) => {
    const [, name, version] = REQUIREMENT.exec(line.slice(0, MAX_LINE)) ?? [];
    return name === undefined || version === undefined ? [] : [{ importer, name, specs: [version] }];
  });
}

const REQUIREMENT = /^\s*(?:require\s+)?([\w.~-]+\.[\w.~-]+(?:\/[\w.~-]+)*)\s+(v[\w.+-]+)/;
/** Characters of a line, more than a module's path and version have. The pattern takes quadratic time. */
const MAX_LINE = 1_000;
