/** Judges where a lock file takes packages from. Pure. */

/** The hosts of the public registries: what package managers use when nothing else is configured. */
const REGISTRY_HOSTS: ReadonlySet<string> = new Set([
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'pypi.org',
  'files.pythonhosted.org',
  'index.crates.io',
  'rubygems.org',
]);

/** The host of an HTTPS URL without credentials; null for any other text. */
export function hostOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, username, password } = new URL(url);
  return protocol === 'https:' && username === '' && password === '' ? host : null;
}

/** Whether a URL leads to a public registry or to one of the other hosts, over HTTPS. */
export function isRegistryUrl(url: string, hosts: ReadonlySet<string>): boolean {
  const host = hostOf(url);
  return host !== null && (REGISTRY_HOSTS.has(host) || hosts.has(host));
}

interface Release {
  readonly name: string;
  readonly version: string;
}

/**
 * The registry of an npm package's own archive, which is `REGISTRY/name/-/name-1.0.0.tgz`; null for any other URL. A
 * registry may have a path on its host, so the whole of it counts: other paths there may hold anything.
 */
export function npmRegistryOf(url: string, { name, version }: Release): string | null {
  if (hostOf(url) === null) return null;
  const { href } = new URL(url);
  const base = name.slice(name.indexOf('/') + 1);
  const own = [name, name.replace('/', '%2f'), name.replace('/', '%2F')]
    .map((each) => `/${each}/-/${base}-${version}.tgz`)
    .find((end) => href.endsWith(end));
  return own === undefined ? null : href.slice(0, -own.length);
}

/** Whether a URL is that of an npm package's own archive in a public registry, or in one of the others. */
export function isNpmArchive(url: string, release: Release, registries: ReadonlySet<string>): boolean {
  const registry = npmRegistryOf(url, release);
  return registry !== null && (PUBLIC_NPM_REGISTRIES.has(registry) || registries.has(registry));
}

const PUBLIC_NPM_REGISTRIES: ReadonlySet<string> = new Set([
  'https://registry.npmjs.org',
  'https://registry.yarnpkg.com',
]);

/** A version or range that a registry resolves. Anything else names its own source, such as a URL or a folder. */
const FROM_A_REGISTRY =
  /^[\s\d.<>=~^|xX*vV-]*(?:-[\w.]+)?[\s\d.<>=~^|xX*-]*$|^(?:latest|next|workspace:.*|catalog:.*)$/;
/** Characters of a version: more than any range that a person writes. The pattern takes quadratic time. */
const MAX_VERSION_LENGTH = 100;

/** Whether a declared version of an npm package is resolved by a registry, and under the package's own name. */
export function isNpmVersion(version: unknown): boolean {
  return typeof version === 'string' && version.length <= MAX_VERSION_LENGTH && FROM_A_REGISTRY.test(version);
}
