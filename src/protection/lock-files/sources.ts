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

/** The hosts that a lock file names. */
export function hostsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/https:\/\/([\w.-]+(?::\d+)?)\//g)].map(([, host]) => host ?? ''));
}

/** Whether a URL leads to a public registry or to one of the other hosts, over HTTPS. */
export function isRegistryUrl(url: string, hosts: ReadonlySet<string>): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return (
    protocol === 'https:' &&
    username === '' &&
    password === '' &&
    (REGISTRY_HOSTS.has(host) || hosts.has(host))
  );
}

/** Whether a URL is that of an npm package's own archive: `…/name/-/name-1.0.0.tgz`. */
export function isNpmArchive(
  url: string,
  { name, version }: { readonly name: string; readonly version: string },
  hosts: ReadonlySet<string>,
): boolean {
  if (!isRegistryUrl(url, hosts)) return false;
  const path = decodeURIComponent(new URL(url).pathname);
  const base = name.slice(name.indexOf('/') + 1);
  return path.endsWith(`/${name}/-/${base}-${version}.tgz`);
}

/** A version or range that a registry resolves. Anything else names its own source, such as a URL or a folder. */
const FROM_A_REGISTRY =
  /^[\s\d.<>=~^|xX*vV-]*(?:-[\w.]+)?[\s\d.<>=~^|xX*-]*$|^(?:latest|next|workspace:.*|catalog:.*)$/;
/** Characters of a version: more than any range that a person writes. The pattern takes quadratic time. */
const MAX_VERSION_LENGTH = 100;

/** Whether a declared version of an npm package is resolved by a registry, and under the package's own name. */
export function isNpmVersion(version: unknown): boolean {
  return typeof version === 'string' && version.length <= MAX_VERSION_LENGTH && FROM_A_REGISTRY.test(version);
}
