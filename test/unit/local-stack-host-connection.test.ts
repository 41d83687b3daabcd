import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectHost } from '../../src/local-stack/host/host-connection.js';
import { openHostSocket, type HostSocket } from '../../src/local-stack/host/host-socket.js';
import { makeSocketFolder, type SocketPaths } from '../../src/shared/network/sockets.js';

describe('a connection to the host of a stack', () => {
  let home: string;
  let link: string;
  let socket: HostSocket;
  let sockets: SocketPaths;

  beforeEach(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'leadwright-host-connection-')));
    link = `${home}-link`;
    symlinkSync(home, link);
    sockets = await makeSocketFolder(home);
    socket = await openHostSocket(sockets.host, home, {
      message: (client) => client.send({ type: 'released', ending: false }),
      disconnected: () => undefined,
    });
  });
  afterEach(() => {
    socket.close();
    socket.disconnectAll();
    rmSync(link, { force: true });
    rmSync(home, { recursive: true });
  });

  it('names the same home each time that it asks whether the host answers', async () => {
    const host = (await connectHost({ home: link, sockets })) ?? assert.fail();
    // As when somebody moves the home while a command waits.
    rmSync(link);
    const said = host.whileItAnswers(host.next());
    host.send({ type: 'release' });
    assert.deepEqual(await said, { type: 'released', ending: false });
    host.socket.destroy();
  });
});
