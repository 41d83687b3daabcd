/** Which folders of the user's home a command may read: tool chains, by name, and nothing else of it. Pure. */
import { join } from 'node:path';
import { nonEmpty, type Environment } from '../../shared/config.js';

/**
 * Below the home: where a tool chain's commands are, and the folders that they need. It is shown when PATH
 * leads to it. What lies beside them is not: `.cargo` holds a registry's token.
 */
const IN_HOME: readonly (readonly [commands: string, ...needed: string[]])[] = [
  ['.asdf', '.asdf'],
  ['.bun/bin', '.bun/bin'],
  ['.cargo/bin', '.cargo/bin', '.rustup'],
  ['.deno/bin', '.deno/bin'],
  ['.dotnet', '.dotnet'],
  ['.local/bin', '.local/bin', '.local/lib', '.local/share/pipx', '.local/share/uv'],
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
 * Outside of the home: package managers of the whole machine, by where PATH leads. Of `/opt` each such folder;
 * of Nix not the socket of its daemon, which a mount for reading does not close.
 */
const OUTSIDE_HOME: readonly (readonly [commands: RegExp, ...needed: string[]])[] = [
  [/^\/opt\/[^/]+/],
  [/^\/nix\//, '/nix/store', '/nix/var/nix/profiles'],
  [/^\/snap\//, '/snap'],
  [/^\/home\/linuxbrew\/\.linuxbrew/],
];

/** Folders that a person names for what the lists above do not know, separated as in PATH. */
export const TOOL_CHAINS_VARIABLE = 'LEADWRIGHT_TOOL_CHAINS';

/** The folders to show, whether they are there or not, an outer one in place of those in it. */
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

/** Whether a path is `folder`, or in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || isBelow(path, folder);
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
