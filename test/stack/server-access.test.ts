import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { runListEntrySchema, runViewSchema } from '../../src/contract/run-view.js';
import { openDatabase } from '../../src/db/open-database.js';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import type { RunningServer } from '../../src/server/server.js';
import { ask, createRun, openServer, openSocket, socketStatus, TOKEN } from '../support/server.js';
import { startPostgres } from '../support/postgres.js';
import type { TestPostgres } from '../support/postgres.js';

describe('the server: access', function () {
  this.timeout(60_000);
  const authorized = { Authorization: `Bearer ${TOKEN}` };
  let postgres: TestPostgres;
  let url: string;
  let database: Database;
  let notifier: RunningServer;

  before(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
    await migrate(url);
    database = openDatabase(url, 4);
    await createRun(database.pool, 'known');
    notifier = await openServer(url, database);
  });
  after(async () => {
    await notifier.close();
    await database.close();
    await postgres.stop();
  });

  const API = ['/api/runs', '/api/runs/known', '/metrics', '/events?run=known', '/api/other'];
  const PUBLIC = ['/', '/healthz', '/readyz'];

  for (const path of API) {
    it(`keeps ${path} from requests without the token`, async () => {
      const wrong = [
        {},
        { Authorization: 'Bearer wrong' },
        { Authorization: TOKEN },
        { Authorization: 'Bearer ' },
      ];
      for (const headers of wrong) assert.equal((await ask(notifier, path, headers)).status, 401);
      const inUrl = `${path}${path.includes('?') ? '&' : '?'}token=${TOKEN}`;
      assert.equal((await ask(notifier, inUrl)).status, 401);
      assert.notEqual((await ask(notifier, path, authorized)).status, 401);
    });
  }

  for (const path of PUBLIC) {
    it(`gives ${path} to every request with the right Host`, async () => {
      assert.equal((await ask(notifier, path)).status, 200);
      assert.equal((await ask(notifier, path, { Host: 'localhost' })).status, 200);
      assert.equal((await ask(notifier, path, { Host: 'evil.example' })).status, 403);
      assert.equal((await ask(notifier, path, { Origin: 'https://evil.example' })).status, 403);
    });
  }

  it('refuses foreign names and pages even with the token', async () => {
    const foreign = [
      { Host: 'evil.example' },
      { Host: `127.0.0.1.evil.example:${notifier.port}` },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `http://127.0.0.1:${notifier.port + 1}` },
      { Origin: `http://evil.example/127.0.0.1:${notifier.port}` },
    ];
    for (const headers of foreign) {
      const answer = await ask(notifier, '/api/runs', { ...authorized, ...headers });
      assert.equal(answer.status, 403, JSON.stringify(headers));
      const socket = openSocket(notifier, '/events?run=known', { headers: { ...authorized, ...headers } });
      assert.equal(await socketStatus(socket), 403, JSON.stringify(headers));
    }
    const own = { ...authorized, Origin: `http://127.0.0.1:${notifier.port}` };
    assert.equal((await ask(notifier, '/api/runs', own)).status, 200);
  });

  const TABLE = [
    { name: 'the header', target: '/events?run=known', headers: authorized, status: 101 },
    { name: 'after', target: '/events?run=known&after=5', headers: authorized, status: 101 },
    { name: 'no token', target: '/events?run=known', headers: {}, status: 401 },
    {
      name: 'a wrong token',
      target: '/events?run=known',
      headers: { Authorization: 'Bearer x' },
      status: 401,
    },
    { name: 'a token in the URL', target: `/events?run=known&token=${TOKEN}`, headers: {}, status: 401 },
    { name: 'an unknown run', target: '/events?run=unknown', headers: authorized, status: 404 },
    { name: 'an unknown run, no token', target: '/events?run=unknown', headers: {}, status: 401 },
    { name: 'an id no run can have', target: '/events?run=NO%20RUN', headers: authorized, status: 404 },
    { name: 'no run', target: '/events', headers: authorized, status: 400 },
    { name: 'two runs', target: '/events?run=known&run=known', headers: authorized, status: 400 },
    { name: 'a negative after', target: '/events?run=known&after=-1', headers: authorized, status: 400 },
    { name: 'an after of words', target: '/events?run=known&after=x', headers: authorized, status: 400 },
    {
      name: 'an after too large',
      target: '/events?run=known&after=2147483648',
      headers: authorized,
      status: 400,
    },
    { name: 'another path', target: '/other?run=known', headers: authorized, status: 404 },
  ];
  for (const { name, target, headers, status } of TABLE) {
    it(`answers a WebSocket with ${name} with ${status}`, async () => {
      assert.equal(await socketStatus(openSocket(notifier, target, { headers })), status);
    });
  }

  it('takes the token as a subprotocol, and never gives it back', async () => {
    const offered = ['leadwright.v1', `bearer.${TOKEN}`];
    const socket = openSocket(notifier, '/events?run=known', { headers: {}, protocols: offered });
    assert.equal(await socketStatus(socket), 101);
    assert.equal(socket.protocol, 'leadwright.v1');
    const wrong = openSocket(notifier, '/events?run=known', {
      headers: {},
      protocols: ['leadwright.v1', 'bearer.wrong'],
    });
    assert.equal(await socketStatus(wrong), 401);
  });

  it('takes a subprotocol in which the token is percent-encoded', async () => {
    const encoded = TOKEN.replaceAll(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`);
    const socket = openSocket(notifier, '/events?run=known', {
      headers: {},
      protocols: ['leadwright.v1', `bearer.${encoded}`],
    });
    assert.equal(await socketStatus(socket), 101);
    const broken = openSocket(notifier, '/events?run=known', {
      headers: {},
      protocols: ['leadwright.v1', 'bearer.%zz'],
    });
    assert.equal(await socketStatus(broken), 401);
  });

  it('lists runs in the shape of the contract', async () => {
    const runs = await ask(notifier, '/api/runs', authorized);
    const entries = runListEntrySchema.array().parse(JSON.parse(runs.body));
    assert.deepEqual(
      entries.map((entry) => [entry.runId, entry.name, entry.status]),
      [['known', 'bookshop', 'running']],
    );
    const run = runViewSchema.parse(JSON.parse((await ask(notifier, '/api/runs/known', authorized)).body));
    assert.equal(run.runId, 'known');
    assert.deepEqual(run.urls, { dashboard: `${notifier.url}/`, temporal: 'http://127.0.0.1:8233' });
    const unknown = await ask(notifier, '/api/runs/unknown', authorized);
    assert.equal(unknown.status, 404);
    assert.equal(unknown.headers['content-type'], 'application/problem+json');
    assert.match(unknown.body, /no run unknown/);
  });

  it('serves metrics for Prometheus', async () => {
    const { body } = await ask(notifier, '/metrics', authorized);
    assert.match(body, /^leadwright_runs\{status="running"\} 1$/m);
    assert.match(body, /^leadwright_tasks\{status="pending",role="backend"\} 1$/m);
    assert.match(body, /^leadwright_websocket_dropped_total 0$/m);
    // Also without any worker, so that an alert can compare it.
    assert.match(body, /^leadwright_queue_workers\{queue="model"\} 0$/m);
  });

  it('serves the dashboard’s files to everyone, cached forever, but not the page itself', async () => {
    const page = await ask(notifier, '/');
    assert.equal(page.headers['cache-control'], 'no-store');
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    assert.ok(files.length >= 2, page.body);
    for (const path of files) {
      const plain = await ask(notifier, path.replace(/^\.?\/?/, '/'));
      assert.equal(plain.status, 200, path);
      assert.match(String(plain.headers['cache-control']), /immutable/);
      const smaller = await ask(notifier, path.replace(/^\.?\/?/, '/'), { 'Accept-Encoding': 'gzip, br' });
      assert.equal(smaller.headers['content-encoding'], 'gzip');
    }
    assert.equal((await ask(notifier, '/assets/../../package.json')).status, 404);
  });

  it('lets no foreign script run in the dashboard', async () => {
    const { headers, body } = await ask(notifier, '/');
    assert.match(String(headers['content-security-policy']), /default-src 'none'; script-src 'self';/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.doesNotMatch(body, /<script(?![^>]*src=)|style=|https?:\/\//);
  });

  it('answers GET and HEAD only, without a body', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      assert.equal((await ask(notifier, '/api/runs', authorized, method)).status, 405);
    }
    assert.equal((await ask(notifier, '/api/runs', { ...authorized, 'Content-Length': 5 })).status, 413);
    assert.equal(
      (await ask(notifier, '/api/runs', { ...authorized, 'X-Long': 'x'.repeat(20_000) })).status,
      431,
    );
    const head = await ask(notifier, '/healthz', {}, 'HEAD');
    assert.deepEqual([head.status, head.body], [200, '']);
  });

  it('reports that the database is unavailable, and keeps running', async () => {
    const away = await openServer('postgresql://nobody@127.0.0.1:1/none', database);
    try {
      assert.equal((await ask(away, '/healthz')).status, 200);
      assert.equal((await ask(away, '/readyz')).status, 503);
      const { status, body } = await ask(away, '/metrics', authorized);
      assert.equal(status, 503);
      assert.match(body, /cannot be reached\..*leadwright up.*leadwright doctor/, 'and what to do');
      assert.equal(await socketStatus(openSocket(away, '/events?run=known')), 503);
    } finally {
      await away.close();
    }
  });

  it('moves to a free port when its own is taken, unless that was set by hand', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');
    const listen = { host: '127.0.0.1', port: address.port };
    const moved = await openServer(url, database, { listen: { ...listen, fixed: false } });
    assert.notEqual(moved.port, address.port);
    assert.equal((await ask(moved, '/healthz')).status, 200);
    await moved.close();
    await assert.rejects(openServer(url, database, { listen: { ...listen, fixed: true } }), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /is taken/);
      assert.match(error.fix, /LEADWRIGHT_LISTEN/);
      return true;
    });
    await new Promise((resolve) => other.close(resolve));
  });

  it('does not listen beyond loopback with a generated token', async () => {
    const listen = { host: '0.0.0.0', port: 0, fixed: true };
    const made = { value: TOKEN, setByHand: false };
    await assert.rejects(openServer(url, database, { listen, token: made }), EnvironmentError);
    const chosen = await openServer(url, database, { listen });
    assert.equal(chosen.url, `http://127.0.0.1:${chosen.port}`);
    await chosen.close();
  });

  it('survives any query and path', async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.webQueryParameters({ size: 'medium' }), fc.webPath(), async (query, path) => {
        statuses.add((await ask(notifier, `/events?run=known&after=${query}`, authorized)).status);
        statuses.add((await ask(notifier, path === '' ? '/' : path, authorized)).status);
        statuses.add(await socketStatus(openSocket(notifier, `/events?${query}`)));
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(
      [...statuses].filter((status) => ![101, 200, 400, 404, 426].includes(status)),
      [],
    );
    assert.equal((await ask(notifier, '/readyz')).status, 200);
  });
});
