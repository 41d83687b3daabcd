import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { npmRegistry } from '../support/npm-registry.js';
import { pythonIndex } from '../support/python-index.js';
import { startListeners } from './sandbox-listeners.js';
import { needsBubblewrap, USERS, useStage } from './sandbox-stage.js';

/** Sends each request to the proxy as it is, and prints the first line of each answer. */
const ASK_PROXY = `
const { connect } = require('node:net');
const { hostname, port } = new URL(process.env.HTTPS_PROXY);
const ask = (request) => new Promise((resolve) => {
  const socket = connect(Number(port), hostname, () => socket.write(request));
  let answer = '';
  socket.on('data', (chunk) => { answer += chunk; if (answer.includes('\\r\\n')) socket.destroy(); });
  socket.on('error', ({ code }) => (answer = code));
  socket.on('close', () => resolve(answer.split('\\r\\n')[0]));
});
(async () => {
  for (const request of JSON.parse(process.argv[2])) console.log(await ask(request), '|', request.split('\\r\\n')[0]);
})();
`;

for (const { name, uid } of USERS) {
  describe(`a hostile setup command with a network, run by ${name}`, () => {
    needsBubblewrap();
    const stage = useStage(uid);

    it('reaches no service on this machine', async () => {
      const { command, control, connections, close } = await startListeners(stage().folder);
      try {
        await control();
        assert.equal(connections(), 4, 'each listener can be reached from outside the sandbox');
        const { output } = await stage().run('true', { setup: `${command}; exit 1`, network: true });
        assert.equal(output.match(/^refused/gm)?.length, 4, output);
        assert.equal(connections(), 4);
      } finally {
        await close();
      }
    });

    it('reaches no service on this machine or its networks through the proxy, however it is spelt', async () => {
      const { ports, connections, close } = await startListeners(stage().folder);
      const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
      const hosts = [
        ...[
          '127.0.0.1',
          'localhost',
          'LOCALHOST',
          '127.1',
          '2130706433',
          '0x7f000001',
          '0177.0.0.1',
          '0.0.0.0',
        ],
        ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '[::ffff:7f00:1]', '0'],
        ...['169.254.169.254', '[fd00:ec2::254]', '10.0.0.1', '192.168.0.1', '172.16.0.1', '100.64.0.1'],
        ...['224.0.0.1', '255.255.255.255', '[fe80::1]', '[ff02::1]', 'localhost.'],
        ...own.map(({ address, family }) => (family === 'IPv6' ? `[${address.split('%')[0]}]` : address)),
      ];
      const requests = hosts.flatMap((host) =>
        [...ports, 80, 443].flatMap((port) => [
          `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`,
          `GET http://${host}:${port}/ HTTP/1.1\r\nHost: registry.npmjs.org\r\n\r\n`,
        ]),
      );
      const odd = [
        `CONNECT 127.0.0.1 HTTP/1.1\r\nHost: x\r\n\r\n`,
        `CONNECT user@127.0.0.1:443 HTTP/1.1\r\nHost: x\r\n\r\n`,
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${ports[0]}\r\n\r\n`,
        `GET https://127.0.0.1:${ports[0]}/ HTTP/1.1\r\nHost: x\r\n\r\n`,
        `GET ftp://127.0.0.1:${ports[0]}/ HTTP/1.1\r\nHost: x\r\n\r\n`,
        `GET unix:/sandbox/egress HTTP/1.1\r\nHost: x\r\n\r\n`,
        `POST http://127.0.0.1:${ports[0]}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ];
      const all = [...requests, ...odd];
      try {
        const { output } = await stage().run('true', {
          files: { 'ask.js': ASK_PROXY, 'requests.json': JSON.stringify(all) },
          setup: 'node ask.js "$(cat requests.json)"; exit 1',
          network: true,
        });
        const answers = output.split('\n').filter((line) => line.includes(' | '));
        assert.equal(answers.length, all.length, output);
        for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 (?:403|502|400) /);
        assert.equal(connections(), 0);
        assert.match(output, /^Leadwright refused a connection of the setup command to 127\.0\.0\.1:/m);
      } finally {
        await close();
      }
    });

    it('installs an npm package from a host that the owner allows', async () => {
      const registry = await npmRegistry('installed');
      try {
        const request = {
          files: { ...registry.project, 'use.mjs': "console.log((await import('tiny')).default);" },
          setup: 'npm ci --loglevel=error',
          network: true,
        };
        const refused = await stage().run('node use.mjs', request);
        assert.equal(refused.passed, false);
        assert.equal(registry.fetched(), 0);
        const { output } = await stage().run('node use.mjs', {
          ...request,
          allow: new URL(registry.url).host,
        });
        assert.equal(output, 'installed\n');
      } finally {
        await registry.close();
      }
    });

    it('installs a Python package from a host that the owner allows', async function () {
      if (!existsSync('/usr/bin/python3')) this.skip();
      try {
        execFileSync('/usr/bin/python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
      } catch {
        this.skip();
      }
      const index = await pythonIndex('installed');
      try {
        const request = {
          files: { 'requirements.txt': 'tiny==1.0.0\n' },
          setup: `/usr/bin/python3 -m pip install --quiet --disable-pip-version-check --target deps --index-url ${index.url}simple -r requirements.txt`,
          network: true,
          timeoutMs: 60_000,
        };
        const { output } = await stage().run('PYTHONPATH=deps /usr/bin/python3 -c "import tiny"', {
          ...request,
          allow: new URL(index.url).host,
        });
        assert.equal(output, 'installed\n');
        assert.equal(index.fetched(), 1);
      } finally {
        await index.close();
      }
    });
  });
}
