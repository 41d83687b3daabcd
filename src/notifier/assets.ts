import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** A file of the dashboard, in memory. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** What the dashboard is made of; any other file in its folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The dashboard's files by the path they are served at. Read once, at start: a request's path is only ever
 * looked up here, so that none can reach another file.
 */
export async function loadAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const name of await readdir(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const asset = { type, body: await readFile(join(folder, name)) };
    assets.set(name === 'index.html' ? '/' : `/${name}`, asset);
  }
  return assets;
}
