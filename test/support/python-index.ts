import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface PythonIndex {
  readonly url: string;
  /** The number of times the package was downloaded. */
  fetched(): number;
  close(): Promise<void>;
}

const WHEEL = 'tiny-1.0.0-py3-none-any.whl';

/** Starts a package index on loopback with one package, `tiny`, which prints `says` when it is imported. */
export async function pythonIndex(says: string): Promise<PythonIndex> {
  const wheel = packed({
    'tiny.py': `print(${JSON.stringify(says)})\n`,
    'tiny-1.0.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0.0\n',
    'tiny-1.0.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    'tiny-1.0.0.dist-info/RECORD': '',
  });
  let fetched = 0;
  const server = createServer((request, response) => {
    if (request.url === '/simple/tiny/') {
      response.setHeader('content-type', 'text/html').end(`<a href="/${WHEEL}">${WHEEL}</a>`);
    } else if (request.url === `/${WHEEL}`) {
      fetched += 1;
      response.end(wheel);
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the index has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    fetched: () => fetched,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Packs files into a wheel, which is a zip archive. */
function packed(files: Readonly<Record<string, string>>): Buffer {
  const script = `
import io, json, sys, zipfile
archive = io.BytesIO()
with zipfile.ZipFile(archive, 'w') as wheel:
    for name, content in json.loads(sys.argv[1]).items(): wheel.writestr(name, content)
sys.stdout.buffer.write(archive.getvalue())
`;
  return execFileSync('/usr/bin/python3', ['-c', script, JSON.stringify(files)]);
}
