import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';

/** A file of the dashboard, in memory. */
export interface DashboardFile {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Compressed once at start, so that a slow line costs no processor time later. */
  readonly gzipped: Uint8Array<ArrayBuffer>;
  /** Its name holds a hash of its content: a client that has it never needs to ask again. */
  readonly isImmutable: boolean;
}

/** The kinds of files that the dashboard has; any other file in its folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where the build puts files that it names after a hash of their content. */
const HASHED_FOLDER = '/assets/';

/**
 * Reads the dashboard's files, by the path that each is served at. They are read once, at start, instead of with
 * Hono's `serveStatic`: a request's path is only ever looked up in this map, so that none can reach another file.
 */
export async function loadDashboardFiles(folder: string): Promise<ReadonlyMap<string, DashboardFile>> {
  const files = new Map<string, DashboardFile>();
  for (const name of await readdir(folder, { recursive: true })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = name === 'index.html' ? '/' : `/${name.split(sep).join('/')}`;
    const body = await readFile(join(folder, name));
    files.set(path, {
      type,
      body: new Uint8Array(body),
      gzipped: new Uint8Array(gzipSync(body)),
      isImmutable: path.startsWith(HASHED_FOLDER),
    });
  }
  return files;
}

/** A year is the longest that caches keep anything. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** The file, compressed for clients that accept it. */
export function fileResponse(c: Context, file: DashboardFile): Response {
  const isGzipped = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  const body = isGzipped ? file.gzipped : file.body;
  return c.body(body, 200, {
    'Content-Type': file.type,
    'Content-Length': String(body.byteLength),
    Vary: 'Accept-Encoding',
    ...(isGzipped && { 'Content-Encoding': 'gzip' }),
    ...(file.isImmutable && { 'Cache-Control': IMMUTABLE }),
  });
}
