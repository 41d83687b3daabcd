import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ServerLimits } from '../../src/server/server-limits.js';
import type { RunningServer } from '../../src/server/server.js';
import { ordinary } from '../support/attempts.js';
import { ask, createRun, openServer, openSocket, range, socketStatus, TOKEN } from '../support/server.js';
import { useDatabase } from '../support/run-record.js';
import { eventually } from '../support/eventually.js';

/** A limit of `burst` requests, without refill. */
const only = (burst: number) => ({ burst, perSecond: 0 });

describe('the server under too many clients', function () {
  this.timeout(60_000);
  const authorized = { Authorization: `Bearer ${TOKEN}` };
  const { db, url } = useDatabase();
  let notifier: RunningServer;

  before(async () => {
    await createRun(db().pool, 'known');
  });
  afterEach(() => notifier.close());

  async function open(limits: Partial<ServerLimits>, hosts: readonly string[] = []): Promise<void> {
    notifier = await openServer(url(), db(), { limits, hosts });
  }
  const statusesOf = async (count: number, path: string, headers: Record<string, string> = {}) => {
    const statuses: number[] = [];
    for (let asked = 0; asked < count; asked += 1) statuses.push((await ask(notifier, path, headers)).status);
    return statuses;
  };

  it('limits the requests of one address, and says when to retry', async () => {
    await open({ requests: { perAddress: only(3), overall: only(9) } });
    assert.deepEqual(await statusesOf(3, '/healthz'), [200, 200, 200]);
    const late = await ask(notifier, '/healthz');
    assert.equal(late.status, 429);
    assert.equal(late.headers['retry-after'], '1');
    assert.equal(late.headers['content-type'], 'application/problem+json');
    // Requests with the token are counted separately, and so are WebSockets.
    assert.deepEqual(await statusesOf(4, '/api/runs', authorized), [200, 200, 200, 429]);
    assert.equal(await socketStatus(openSocket(notifier, '/events?run=known')), 101);
  });

  it('limits the WebSockets of one address', async () => {
    await open({ upgrades: { perAddress: only(2), overall: only(9) } });
    const status = () => socketStatus(openSocket(notifier, '/events?run=known'));
    assert.deepEqual([await status(), await status(), await status()], [101, 101, 429]);
    assert.deepEqual(await statusesOf(1, '/healthz'), [200]);
  });

  it('limits failed sign-ins, without locking out other clients on loopback', async () => {
    await open({ failedSignIns: { perAddress: only(3), overall: only(9) } });
    const wrong = { Authorization: 'Bearer wrong' };
    assert.deepEqual(await statusesOf(5, '/api/runs', wrong), [401, 401, 401, 429, 429]);
    const socket = openSocket(notifier, '/events?run=known', { headers: wrong });
    assert.equal(await socketStatus(socket), 429);
    assert.deepEqual(await statusesOf(1, '/api/runs', authorized), [200]);
    assert.match(
      (await ask(notifier, '/metrics', authorized)).body,
      /^leadwright_requests_limited_total 3$/m,
    );
  });

  it('refuses a proxied address after too many failed sign-ins, even with the right token, and no other', async () => {
    await open({ failedSignIns: { perAddress: only(2), overall: only(9) } }, ['leadwright.example']);
    const from = (address: string, token: string) => ({
      Host: 'leadwright.example',
      Origin: 'https://leadwright.example',
      'X-Forwarded-For': `127.0.0.1, ${address}`,
      Authorization: `Bearer ${token}`,
    });
    assert.deepEqual(await statusesOf(3, '/api/runs', from('203.0.113.1', 'wrong')), [401, 401, 429]);
    assert.deepEqual(await statusesOf(1, '/api/runs', from('203.0.113.1', TOKEN)), [429]);
    assert.deepEqual(await statusesOf(1, '/api/runs', from('203.0.113.2', TOKEN)), [200]);
    assert.deepEqual(
      await statusesOf(1, '/api/runs', { ...from('203.0.113.2', TOKEN), Host: 'evil.example' }),
      [403],
    );
  });

  it('limits the connections of one address, and drops the oldest that did not sign in', async () => {
    await open({ connections: { perAddress: 2, overall: 9 } });
    const [first, second] = [await connected(), await connected()];
    const third = await connected();
    await once(first, 'close');
    assert.deepEqual([second.destroyed, third.destroyed], [false, false]);
    // Both places are taken by clients that signed in: then nobody makes place.
    const signedIn = [openSocket(notifier, '/events?run=known'), openSocket(notifier, '/events?run=known')];
    await Promise.all(signedIn.map((socket) => once(socket, 'open')));
    await once(await connected(), 'close');
    signedIn.forEach((socket) => socket.terminate());
    // After they have closed, new connections are accepted; the server learns of the close a moment later.
    const isAccepted = async () => (await ask(notifier, '/healthz').catch(() => null))?.status === 200;
    await eventually(isAccepted, 'another connection is accepted');
  });

  async function connected(): Promise<Socket> {
    const socket = connect(notifier.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    return socket;
  }

  ordinary('lets a thousand clients of one machine reconnect at once', async () => {
    await open({});
    const sockets = range(1, 1_000).map(() => openSocket(notifier, '/events?run=known'));
    const statuses = await Promise.all(sockets.map((socket) => socketStatus(socket)));
    assert.deepEqual(new Set(statuses), new Set([101]));
  });
});
