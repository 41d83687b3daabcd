/** The dependencies that manifests declare. Pure. */
import { stableText } from '../json-parts.js';
import { isRecord } from '../../shared/is-record.js';
import type { Dependency, Manifests } from './lock.js';

/** The keys of a `package.json` that declare dependencies. */
export const NPM_DEPENDENCIES = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

/** The dependencies in `package.json` files. The importer is the manifest's folder, relative to the lock file's. */
export function declaredInPackageJson(manifests: Manifests, folder: string): Dependency[] {
  return [...manifests].flatMap(([path, text]) => {
    const json: unknown = JSON.parse(text);
    const specs = new Map<string, string[]>();
    for (const key of NPM_DEPENDENCIES) {
      for (const [name, spec] of entries(isRecord(json) ? json[key] : null)) {
        specs.set(name, [...(specs.get(name) ?? []), String(spec)]);
      }
    }
    const importer = importerOf(path, folder);
    return [...specs].map(([name, each]) => ({ importer, name, specs: each }));
  });
}

/** The folder of a manifest, relative to the lock file's folder; '' for the manifest beside it. */
export function importerOf(manifest: string, folder: string): string {
  const own = manifest.slice(0, Math.max(0, manifest.lastIndexOf('/')));
  return folder === '' ? own : own.slice(folder.length + 1);
}

/** The entries of a value that is an object; none for any other value. */
export function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

/** The elements of a value that is a list; none for any other value. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A property of a value that is an object, by its path. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A Python package's name in its normal form. */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** The dependencies in tables of names, such as `[dependencies]`, and in lists of requirements. */
export function declaredInTables(
  importer: string,
  tables: readonly unknown[],
  normalName: (name: string) => string = (name) => name,
): Dependency[] {
  const specs = new Map<string, string[]>();
  const add = (name: string, spec: string) => specs.set(name, [...(specs.get(name) ?? []), spec]);
  for (const table of tables) {
    for (const [name, spec] of entries(table)) add(normalName(name), stableText(spec));
    for (const requirement of items(table)) {
      const name = /^\s*([\w.-]+)/.exec(text(requirement))?.[1];
      if (name !== undefined) add(normalName(name), text(requirement));
    }
  }
  return [...specs].map(([name, each]) => ({ importer, name, specs: each.sort() }));
}
