/** Finds the folders outside the system folders that a command may read: only known or named tool chains. Pure. */
import { join } from 'node:path';
import { nonEmpty, type Environment } from '../../shared/config.js';

/**
 * Tool chains in HOME: the folder of the commands, then the folders that they need. The needed folders are visible when
 * PATH contains the command folder or a folder in it. Other folders are not: `.cargo` and `.local/share/uv` contain the tokens of
 * registries. What is secret within these folders is in secret-files.ts.
 */
const IN_HOME: readonly (readonly [commands: string, ...needed: string[]])[] = [
  ['.asdf', '.asdf'],
  ['.bun/bin', '.bun/bin'],
  ['.cargo/bin', '.cargo/bin', '.rustup'],
  ['.deno/bin', '.deno/bin'],
  ['.dotnet', '.dotnet'],
  [
    '.local/bin',
    ...['.local/bin', '.local/lib', '.local/share/pipx', '.local/share/uv/python', '.local/share/uv/tools'],
  ],
  ['.local/share/fnm', '.local/share/fnm'],
  ['.local/share/mise', '.local/share/mise'],
  ['.local/share/pnpm', '.local/share/pnpm'],
  ['.nodenv', '.nodenv'],
  ['.nvm', '.nvm'],
  ['.pyenv', '.pyenv'],
  ['.rbenv', '.rbenv'],
  ['.rvm', '.rvm'],
  ['.sdkman/candidates', '.sdkman/candidates'],
  ['.volta', '.volta'],
  ['anaconda3', 'anaconda3'],
  ['go/bin', 'go/bin'],
  ['miniconda3', 'miniconda3'],
  ['miniforge3', 'miniforge3'],
  ['sdk', 'sdk'],
];

/**
 * Tool chains outside HOME: a pattern for an entry of PATH, then the folders that it makes visible (by default the
 * matched folder). Nix's daemon socket is left out, because a read-only mount does not prevent connections to it.
 */
const OUTSIDE_HOME: readonly (readonly [commands: RegExp, ...needed: string[]])[] = [
  [/^\/opt\/[^/]+/],
  [/^\/nix\//, '/nix/store', '/nix/var/nix/profiles'],
  [/^\/snap\//, '/snap'],
  [/^\/home\/linuxbrew\/\.linuxbrew/],
];

/** A variable in which users name further tool chain folders, separated as in PATH. */
const TOOL_CHAINS_VARIABLE = 'LEADWRIGHT_TOOL_CHAINS';

/** Finds the folders to show, existing or not. Folders inside another one of them are left out. */
export function findToolChainFolders(env: Environment): string[] {
  const path = (env['PATH'] ?? '').split(':').filter((entry) => entry.startsWith('/'));
  const home = nonEmpty(env['HOME']);
  const found = new Set<string>();
  for (const entry of path) {
    for (const [commands, ...needed] of OUTSIDE_HOME) {
      const folder = commands.exec(entry)?.[0];
      if (folder === undefined) continue;
      for (const name of needed.length > 0 ? needed : [folder]) found.add(name);
    }
    if (home === undefined || home === '/') continue;
    for (const [commands, ...needed] of IN_HOME) {
      if (isWithin(entry, join(home, commands))) for (const name of needed) found.add(join(home, name));
    }
  }
  const named = (env[TOOL_CHAINS_VARIABLE] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  for (const folder of named) found.add(folder.replace(/\/+$/, ''));
  return [...found].filter((folder) => ![...found].some((other) => isBelow(folder, other))).sort();
}

/** Whether a path is `folder` or inside it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || isBelow(path, folder);
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
