import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders, type Server } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { LIMITS, type ServerLimits } from '../../src/server/server-limits.js';
import { startTemporalUi, type RunningTemporalUi } from '../../src/server/temporal-ui/temporal-ui.js';
import { UiSessions } from '../../src/server/temporal-ui/ui-sessions.js';
import { scratchFolder } from '../support/repository.js';
import { ask, TOKEN, type Answer } from '../support/server.js';

const SECRET = 'what only the Temporal UI knows';
const QUERY = '/api/v1/namespaces/default/workflows/leadwright%2Fshop/query/__temporal_workflow_metadata';

/** The proxy in front of the Temporal UI, with a stub of the UI that answers everything, and what reaches it. */
describe('hostile clients of the Temporal UI', () => {
  const scratch = scratchFolder();
  let upstream: Server;
  let ui: RunningTemporalUi;
  /** Requests that reached the UI. */
  let reached: { readonly line: string; readonly headers: OutgoingHttpHeaders }[];

  const socket = () => join(scratch.path, 'ui.sock');
  const start = (limits: ServerLimits) =>
    startTemporalUi({
      socket: socket(),
      port: undefined,
      token: { value: TOKEN, setByHand: true },
      limits,
      log: pino({ enabled: false }),
    });

  before(async () => {
    upstream = createServer(({ method, url, headers }, response) => {
      reached.push({ line: `${method} ${url}`, headers });
      response.setHeader('Set-Cookie', '_csrf=forged; Path=/');
      response.setHeader('Access-Control-Allow-Origin', '*');
      if (url === '/api/v1/settings') response.end('{"Version":"2.54.1","DisableWriteActions":false}');
      else response.end(SECRET);
    });
    upstream.listen(socket());
    await once(upstream, 'listening');
    ui = await start(LIMITS);
  });
  beforeEach(() => {
    reached = [];
  });
  after(() => {
    ui.close();
    upstream.close();
  });

  const send = (path: string, headers: OutgoingHttpHeaders = {}, method = 'GET', body?: string) =>
    ask(
      { port: Number(new URL(ui.url).port) },
      path,
      { Host: new URL(ui.url).host, ...headers },
      method,
      body,
    );
  const signIn = (token: string, next = '/') =>
    send(
      '/sign-in',
      { Origin: ui.url, 'Content-Type': 'application/x-www-form-urlencoded' },
      'POST',
      new URLSearchParams({ token, next }).toString(),
    );
  const session = async () => cookieOf(await signIn(TOKEN));

  /** Asserts that an answer gives nothing away, and that the request did not reach the UI. */
  function assertRefused(answer: Answer, status: number): void {
    assert.equal(answer.status, status, answer.body);
    assert.ok(!answer.body.includes(SECRET));
    assert.deepEqual(reached, []);
  }

  it('get a page that asks for the token, and programs a plain refusal', async () => {
    const page = await send('/namespaces/default/workflows?a=%22%3E%3Cscript%3E"><script>', {
      Accept: 'text/html',
    });
    assertRefused(page, 401);
    assert.match(page.body, /type="password"/);
    assert.doesNotMatch(page.body, /<script/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
    assertRefused(await send('/api/v1/namespaces'), 401);
    assertRefused(await send(QUERY, { 'Content-Type': 'application/json' }, 'POST', '{}'), 401);
  });

  const guesses: readonly (readonly [string, OutgoingHttpHeaders])[] = [
    ['the token as a cookie', { Cookie: `leadwright_temporal_ui=${TOKEN}` }],
    [
      'the token as a header, which a program of another origin may have',
      { Authorization: `Bearer ${TOKEN}` },
    ],
    ['an empty session', { Cookie: 'leadwright_temporal_ui_0=' }],
  ];
  for (const [what, headers] of guesses) {
    it(`are not let in by ${what}`, async () => {
      const cookie = String(headers['Cookie'] ?? '').replace(/_ui(_0)?=/, `_ui_${new URL(ui.url).port}=`);
      assertRefused(await send('/', { ...headers, ...(cookie !== '' && { Cookie: cookie }) }), 401);
    });
  }

  it('are let in by the token, with a cookie that no script can read and that is not the token', async () => {
    const answer = await signIn(TOKEN, '/namespaces/default');
    assert.equal(answer.status, 200);
    const set = String(answer.headers['set-cookie']);
    assert.match(set, /; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    assert.ok(!set.includes(TOKEN));
    assert.match(answer.body, /content="0;url=\/namespaces\/default"/);
    const shown = await send('/namespaces/default', { Cookie: cookieOf(answer) });
    assert.equal(shown.body, SECRET);
    assert.equal(shown.headers['access-control-allow-origin'], undefined);
    assert.equal(reached[0]?.headers['cookie'], undefined, 'the session stays here');
  });

  it('cannot make the sign-in lead elsewhere', async () => {
    for (const next of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '"><script>',
      'javascript:1',
    ]) {
      const { body } = await signIn(TOKEN, next);
      assert.match(body, /content="0;url=\/"/, next);
    }
  });

  it('cannot guess the token without end', async () => {
    const statuses = new Set<number>();
    for (let guess = 0; guess < LIMITS.failedSignIns.perAddress.burst + 20; guess += 1) {
      statuses.add((await signIn(`guess-${guess}`)).status);
    }
    assert.deepEqual([...statuses].sort(), [401, 429]);
    assert.equal((await signIn(TOKEN)).status, 200, 'on loopback the owner is not locked out');
  });

  it('cannot use a code twice, or make one up', async () => {
    const code = ui.issueCode();
    const first = await send(`/namespaces?code=${code}&query=x`);
    assert.match(first.body, /url=\/namespaces\?query=x/);
    assert.equal((await send('/', { Cookie: cookieOf(first) })).body, SECRET);
    reached = [];
    for (const used of [code, '', 'x', TOKEN]) assertRefused(await send(`/?code=${used}`), 401);
    // A link that was opened by HEAD, by a prefetching mail program for example, stays valid.
    const kept = ui.issueCode();
    assertRefused(await send(`/?code=${kept}`, {}, 'HEAD'), 401);
    assert.ok(cookieOf(await send(`/?code=${kept}`)) !== '');
  });

  it('cannot use a code after a minute, or a session after its end', () => {
    let now = 0;
    const sessions = new UiSessions(() => now);
    const [late, secret] = [sessions.issueCode(), sessions.open()];
    now = 61_000;
    assert.equal(sessions.useCode(late), false);
    assert.equal(sessions.isOpen(secret), true);
    now = 13 * 60 * 60 * 1000;
    assert.equal(sessions.isOpen(secret), false);
    assert.equal(sessions.isOpen(late), false, 'a code is no session');
  });

  it('cannot come by another name (DNS rebinding) or from another page, even with a session', async () => {
    const cookie = await session();
    reached = [];
    assertRefused(await send('/', { Cookie: cookie, Host: 'evil.example' }), 403);
    assertRefused(await send('/', { Cookie: cookie, Origin: 'https://evil.example' }), 403);
    assertRefused(await send('/', { Cookie: cookie, Origin: 'http://127.0.0.1:1' }), 403);
    assertRefused(await send('/', { Cookie: cookie, Origin: 'null' }), 403);
  });

  it('cannot change anything, with a session', async () => {
    const cookie = await session();
    reached = [];
    const start = '/api/v1/namespaces/default/workflows';
    const json = { 'Content-Type': 'application/json', 'Content-Length': 2 };
    const attacks: readonly (readonly [string, string])[] = [
      ['POST', `${start}/attack`],
      ['POST', `${start}/victim/terminate`],
      ['POST', `${start}/victim/signal/answer`],
      ['POST', `${QUERY}/../../terminate`],
      ['POST', `${start}/victim/query/x%2F..%2F..%2Fterminate`],
      ['POST', `${start}/victim/query/..`],
      ['POST', `${start}/victim/query/%2e%2e`],
      ['POST', `${start}/victim/query/%`],
      ['POST', '/api/v1/namespaces/default%2Fworkflows/victim/query/x'],
      ['POST', `/${QUERY}`],
      ['PUT', '/api/v1/namespaces/default'],
      ['PATCH', start],
      ['DELETE', '/api/v1/namespaces/default/schedules/x'],
    ];
    for (const [method, path] of attacks) {
      assertRefused(await send(path, { ...json, Cookie: cookie }, method, '{}'), 403);
    }
    assertRefused(await send(start, { Cookie: cookie, 'Content-Length': 2 }, 'GET', '{}'), 413);
  });

  it('cannot turn a query into something else by a header', async () => {
    const cookie = await session();
    reached = [];
    const headers = {
      Cookie: `${cookie}; _csrf=forged; other=1`,
      'Content-Type': 'application/json',
      'X-Http-Method-Override': 'DELETE',
      'X-Csrf-Token': 'forged',
      Authorization: 'Bearer x',
    };
    assert.equal((await send(QUERY, headers, 'POST', '{"query":{}}')).body, SECRET);
    const [seen] = reached;
    assert.equal(seen?.line, `POST ${QUERY}`);
    assert.deepEqual(Object.keys(seen.headers).sort(), [
      'connection',
      'content-length',
      'content-type',
      'cookie',
      'host',
      'x-csrf-token',
    ]);
    assert.equal(seen.headers['cookie'], '_csrf=forged');
    reached = [];
    assertRefused(await send(QUERY, headers, 'POST', 'x'.repeat(70_000)), 413);
  });

  it('cannot keep a person out by asking often', async () => {
    const few = { burst: 3, perSecond: 0.01 };
    const usual = ui;
    ui = await start({ ...LIMITS, requests: { perAddress: few, overall: few } });
    try {
      const cookie = await session();
      const asked = [await send('/'), await send('/'), await send('/'), await send('/')];
      assert.deepEqual(
        asked.map(({ status }) => status),
        [401, 401, 401, 429],
      );
      assert.equal((await send('/', { Cookie: cookie })).status, 200);
      assert.equal((await signIn(TOKEN)).status, 200);
      assert.equal((await send(`/?code=${ui.issueCode()}`)).status, 200);
    } finally {
      ui.close();
      ui = usual;
    }
  });

  it('see a UI whose writing actions are hidden', async () => {
    const { body } = await send('/api/v1/settings', { Cookie: await session(), 'Accept-Encoding': 'gzip' });
    assert.deepEqual(JSON.parse(body), { Version: '2.54.1', DisableWriteActions: true });
  });
});

function cookieOf({ headers }: Answer): string {
  return [headers['set-cookie'] ?? []].flat().join().split(';')[0] ?? '';
}
