/** Credentials that tools keep inside the folders that commands may read. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * In HOME; `*` stands for one name. A Node.js installation has npm's configuration in `etc`, a Python one may have that of pip,
 * and both may hold the token of a registry. .NET keeps private keys in `corefx`. What is outside of HOME is for all users, and
 * set-ups need it: the certificates of a company, say.
 */
const IN_HOME = [
  '.asdf/installs/nodejs/*/etc',
  '.asdf/installs/python/*/pip.conf',
  '.dotnet/corefx',
  '.local/share/fnm/node-versions/*/installation/etc',
  '.local/share/mise/installs/node/*/etc',
  '.local/share/mise/installs/python/*/pip.conf',
  '.local/share/pipx/shared/pip.conf',
  '.local/share/pipx/venvs/*/pip.conf',
  '.nodenv/versions/*/etc',
  '.nvm/versions/node/*/etc',
  '.pyenv/versions/*/pip.conf',
  '.volta/tools/image/node/*/etc',
  ...['anaconda3', 'miniconda3', 'miniforge3'].flatMap((folder) =>
    ['.condarc', 'condarc', 'pip.conf'].map((name) => `${folder}/${name}`),
  ),
];

/** The places of secrets that exist. */
export interface SecretPlaces {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Finds the credentials that commands must not see, wherever they are visible. @param home null without one */
export async function findSecretPlaces(home: string | null): Promise<SecretPlaces> {
  const inHome = home === null ? [] : await Promise.all(IN_HOME.map((path) => expand(home, path)));
  // Names such as `node/lts` are links, over which nothing can be mounted.
  const real = await Promise.all(inHome.flat().map((path) => realpath(path).catch(() => null)));
  const existing = [...new Set(real)].filter((path) => path !== null);
  const places = await Promise.all(existing.map(async (path) => ({ path, stats: await stat(path) })));
  return {
    folders: places.filter(({ stats }) => stats.isDirectory()).map(({ path }) => path),
    files: places.filter(({ stats }) => stats.isFile()).map(({ path }) => path),
  };
}

/** The paths that a pattern stands for, existing or not. */
async function expand(folder: string, pattern: string): Promise<string[]> {
  const [before = '', after] = pattern.split('/*/', 2);
  if (after === undefined) return [join(folder, pattern)];
  const names = await readdir(join(folder, before)).catch(() => []);
  return names.map((name) => join(folder, before, name, after));
}
