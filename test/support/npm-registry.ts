import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NpmRegistry {
  readonly url: string;
  /** Files of a project that depends on the package, its lock file included. */
  readonly project: Readonly<Record<string, string>>;
  /** The number of times the package was downloaded. */
  fetched(): number;
  close(): Promise<void>;
}

/** Starts a registry on loopback with one package, `tiny`, whose default export is `says`. */
export async function npmRegistry(says: string): Promise<NpmRegistry> {
  const tarball = packed({
    'package.json': JSON.stringify({ name: 'tiny', version: '1.0.0', type: 'module', main: 'index.js' }),
    'index.js': `export default ${JSON.stringify(says)};\n`,
  });
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  let fetched = 0;
  const server = createServer((request, response) => {
    if (request.url !== '/tiny/-/tiny-1.0.0.tgz') {
      response.writeHead(404).end();
      return;
    }
    fetched += 1;
    response.end(tarball);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the registry has no port');
  const url = `http://127.0.0.1:${address.port}/`;
  const resolved = `${url}tiny/-/tiny-1.0.0.tgz`;
  const root = { name: 'shop', version: '1.0.0', dependencies: { tiny: '1.0.0' } };
  return {
    url,
    project: {
      '.npmrc': `registry=${url}\naudit=false\nfund=false\nupdate-notifier=false\nfetch-retries=0\n`,
      'package.json': JSON.stringify(root),
      'package-lock.json': JSON.stringify({
        name: 'shop',
        version: '1.0.0',
        lockfileVersion: 3,
        packages: { '': root, 'node_modules/tiny': { version: '1.0.0', resolved, integrity } },
      }),
    },
    fetched: () => fetched,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Packs files into an npm tarball. */
function packed(files: Readonly<Record<string, string>>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'leadwright-package-'));
  try {
    mkdirSync(join(folder, 'package'));
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, 'package', name), content);
    execFileSync('tar', ['-czf', join(folder, 'tiny.tgz'), '-C', folder, 'package']);
    return readFileSync(join(folder, 'tiny.tgz'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
