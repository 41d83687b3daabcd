/** The notifier's Unix socket: what it lets in, and what its clients trust. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { request, type OutgoingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../../src/contract/errors.js';
import { runId } from '../../src/contract/ids.js';
import { followEvents } from '../../src/cli/follow/follow-events.js';
import { connectHost } from '../../src/local-stack/host/host-connection.js';
import { isListening } from '../../src/local-stack/host/is-listening.js';
import type { RunningServer } from '../../src/server/server.js';
import { makePrivateFolder } from '../../src/shared/files/private-folder.js';
import { isOwnSocketFolder, makeSocketFolder, socketPaths } from '../../src/shared/network/sockets.js';
import { LiveTextLink } from '../../src/worker/live-text-link.js';
import { eventually } from '../support/eventually.js';
import { useDatabase } from '../support/run-record.js';
import { openServer, TOKEN } from '../support/server.js';

describe('the notifier’s socket', function () {
  this.timeout(60_000);
  const { db, url } = useDatabase();
  let home: string;
  let socket: string;
  let server: RunningServer;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'leadwright-hostile-socket-'));
    socket = (await makeSocketFolder(home)).server;
    await writeFile(socket, 'what a killed server left');
    server = await openServer(url(), db(), { socket });
  });
  after(async () => {
    await server.close();
    await rm(home, { recursive: true, force: true });
  });

  /** The status of a request over the socket. */
  async function status(path: string, headers: OutgoingHttpHeaders): Promise<number | undefined> {
    const asked = request({ socketPath: socket, path, headers, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }];
    response.resume();
    return response.statusCode;
  }
  const authorization = `Bearer ${TOKEN}`;

  it('is for its owner only, and asks for the token as the port does', async () => {
    assert.equal((await stat(socket)).mode & 0o777, 0o600);
    assert.equal(await status('/api/runs', { authorization }), 200);
    assert.equal(await status('/api/runs', {}), 401);
    assert.equal(await status('/api/runs', { authorization: 'Bearer guess' }), 401);
  });

  it('refuses foreign hosts and origins, with the token too', async () => {
    assert.equal(await status('/api/runs', { authorization, host: 'attacker.example' }), 403);
    assert.equal(await status('/api/runs', { authorization, origin: 'http://attacker.example' }), 403);
    assert.equal(
      await status('/api/runs', { authorization, host: 'localhost', origin: 'http://localhost' }),
      200,
    );
  });

  it('stays usable with the right token, however many wrong ones were tried', async () => {
    for (let tries = 0; tries < 80; tries += 1) await status('/api/runs', { authorization: 'Bearer guess' });
    assert.equal(await status('/api/runs', { authorization }), 200);
  });

  describe('in a folder that another user could have made', () => {
    const received: string[] = [];
    let folder: string;
    const impostor = createServer((client) => {
      client.on('error', () => undefined).on('data', (data) => received.push(data.toString('latin1')));
    });
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'leadwright-hostile-folder-'));
      makePrivateFolder(join(folder, 'run'));
      impostor.listen(join(folder, 'run', 'server.sock'));
      await once(impostor, 'listening');
      await symlink(join(folder, 'run'), join(folder, 'linked'));
    });
    after(async () => {
      impostor.close();
      await rm(folder, { recursive: true, force: true });
    });

    for (const [what, name, mode] of [
      ['others can enter', 'run', 0o755],
      ['a group can write to', 'run', 0o770],
      ['is a link', 'linked', 0o700],
    ] as const) {
      it(`is sent no token when ${what}`, async () => {
        await chmod(join(folder, 'run'), mode);
        const address = { socket: join(folder, name, 'server.sock') };
        const warnings: string[] = [];
        const link = new LiveTextLink({ address, token: TOKEN }, (message) => warnings.push(message));
        await eventually(() => Promise.resolve(warnings.length > 0), 'the worker warns');
        await link.close();
        assert.match(warnings.join('\n'), /not a folder that only you can enter/);
        const followed = followEvents({
          locate: () => Promise.resolve(address),
          token: TOKEN,
          runId: runId('any'),
          after: 0,
          newest: 0,
          record: { readRestingSeq: () => Promise.resolve(null), readEvents: () => Promise.resolve([]) },
          signal: new AbortController().signal,
        });
        await assert.rejects(followed.next(), EnvironmentError);
        assert.deepEqual(received, []);
      });
    }
  });

  describe('of a home with a long path', () => {
    let long: string;
    let runtime: string;
    before(async () => {
      runtime = await mkdtemp(join(tmpdir(), 'leadwright-hostile-runtime-'));
      long = join(home, 'deep/'.repeat(30));
      await mkdir(long, { recursive: true });
    });
    after(() => rm(runtime, { recursive: true, force: true }));

    it('is in a private folder of the runtime folder, for commands with another one too', async () => {
      const made = await makeSocketFolder(long, { XDG_RUNTIME_DIR: runtime });
      assert.ok(made.server.startsWith(join(runtime, 'leadwright')), made.server);
      assert.ok(Buffer.byteLength(join(made.postgres, '.s.PGSQL.5432')) <= 100);
      assert.equal((await stat(made.folder)).mode & 0o777, 0o700);
      assert.deepEqual(socketPaths(long, {}), made);
      assert.deepEqual(await makeSocketFolder(long, {}), made);
    });

    it('is moved when its runtime folder has gone', async () => {
      const made = await makeSocketFolder(long, { XDG_RUNTIME_DIR: runtime });
      await rm(join(runtime, 'leadwright'), { recursive: true });
      const again = await makeSocketFolder(long, {});
      try {
        assert.notEqual(again.server, made.server);
        assert.deepEqual(socketPaths(long, { XDG_RUNTIME_DIR: runtime }), again);
      } finally {
        await rm(again.folder, { recursive: true });
        await rm(join(long, 'run'));
      }
    });

    it('is not in a runtime folder that others can enter', async () => {
      await chmod(runtime, 0o755);
      assert.ok(!socketPaths(long, { XDG_RUNTIME_DIR: runtime }).server.startsWith(runtime));
    });

    for (const [name, plant] of [
      ['is open to others', (planted: string) => mkdir(planted).then(() => chmod(planted, 0o777))],
      ['is a link', (planted: string) => symlink(home, planted)],
    ] as const) {
      it(`is in a folder of a random name when the usual one ${name}`, async () => {
        await chmod(runtime, 0o700);
        const planted = join(runtime, 'leadwright');
        await rm(planted, { recursive: true, force: true });
        await plant(planted);
        const made = await makeSocketFolder(long, { XDG_RUNTIME_DIR: runtime });
        try {
          assert.ok(!made.folder.startsWith(runtime) && !made.folder.startsWith(home), made.folder);
          assert.ok(isOwnSocketFolder(made.folder));
          assert.ok(Buffer.byteLength(join(made.postgres, '.s.PGSQL.5432')) <= 100);
          // The home records it.
          assert.deepEqual(socketPaths(long, { XDG_RUNTIME_DIR: runtime }), made);
          assert.deepEqual(await makeSocketFolder(long, { XDG_RUNTIME_DIR: runtime }), made);
        } finally {
          await rm(made.folder, { recursive: true });
          await rm(join(long, 'run'));
          await rm(planted, { recursive: true });
        }
      });
    }

    it('is not spoken to in a folder that somebody else made', async () => {
      await chmod(runtime, 0o700);
      const sockets = await makeSocketFolder(long, { XDG_RUNTIME_DIR: runtime });
      const { folder, host } = sockets;
      // As after a restart of the machine, which empties /tmp: the home still names the folder.
      for (const planted of [folder, dirname(folder)]) {
        await rm(dirname(folder), { recursive: true });
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await chmod(planted, 0o777);
        const impostor = createServer((socket) => socket.destroy());
        impostor.listen(host);
        await once(impostor, 'listening');
        try {
          assert.equal(await connectHost({ home: long, sockets }), undefined);
          assert.equal(await isListening(host), false);
        } finally {
          impostor.close();
        }
      }
    });
  });
});
