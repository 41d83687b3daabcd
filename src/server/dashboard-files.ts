import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Reply } from './reply.js';

/** A file of the dashboard, in memory. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  /** The same, for who accepts it: compressed once, so that a slow line costs no processor here. */
  readonly gzipped: Buffer;
  /** Its name says what is in it: whoever has it never needs to ask again. */
  readonly isForever: boolean;
}

/** What the dashboard is made of; any other file in its folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where the build puts what it names after a hash of its content. */
const HASHED_FOLDER = '/assets/';

/**
 * The dashboard's files by the path they are served at. Read once, at start: a request's path is only ever
 * looked up here, so that none can reach another file.
 */
export async function loadAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const name of await readdir(folder, { recursive: true })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = name === 'index.html' ? '/' : `/${name.split(sep).join('/')}`;
    const body = await readFile(join(folder, name));
    assets.set(path, { type, body, gzipped: gzipSync(body), isForever: path.startsWith(HASHED_FOLDER) });
  }
  return assets;
}

/** A year is the longest that caches keep anything. */
const FOREVER = 'public, max-age=31536000, immutable';

/** The asset, compressed for whoever says that they accept it. */
export function assetReply(asset: Asset, acceptEncoding: string): Reply {
  const isGzipped = /\bgzip\b/.test(acceptEncoding);
  return {
    status: 200,
    type: asset.type,
    body: isGzipped ? asset.gzipped : asset.body,
    headers: {
      Vary: 'Accept-Encoding',
      ...(isGzipped && { 'Content-Encoding': 'gzip' }),
      ...(asset.isForever && { 'Cache-Control': FOREVER }),
    },
  };
}
