import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { openServer } from '../../src/mcp/open-server.js';
import { resultText } from '../../src/mcp/result-text.js';
import { ServerFailure } from '../../src/mcp/session.js';
import type { Runner } from '../../src/sandbox/runners/runner.js';
import { freePort } from '../../src/shared/network/free-port.js';
import { startReceiver } from '../support/receiver.js';
import { startRemoteServer, type RemoteBehaviour, type RemoteServer } from '../support/remote-mcp-server.js';
import { nth, sourceOf } from './sandbox-support.js';

const never = new AbortController().signal;
const same = (text: string) => text;
const SECRET = 'blue-7-harbour-lamp';
/** Longer than any test: only the end of the connection can end a call earlier. */
const CALL_MS = 20 * 60_000;

const openAt = (url: string, env: readonly string[] = []) => {
  const fail = () => assert.fail('not used');
  const runner: Runner = { describe: fail, visibleFolders: fail, run: fail };
  const place = { runner, source: sourceOf({}), treesFolder: '/nowhere', setup: null, setupVariables: [] };
  return openServer(
    { ...place, env: { DOCS_TOKEN: SECRET } },
    {
      server: { kind: 'remote', url, tools: null, env: [...env] },
      ...{ commit: nth(1), lifeMs: 1, signal: never },
      redact: (text) => text.replaceAll(SECRET, '[redacted]'),
    },
  );
};

describe('a remote MCP server', function () {
  this.timeout(60_000);
  const started: RemoteServer[] = [];
  afterEach(() => Promise.all(started.splice(0).map((server) => server.kill())));
  const start = async (behaviour: RemoteBehaviour = {}) => {
    const server = await startRemoteServer(behaviour);
    started.push(server);
    return server;
  };
  const failsWith = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ServerFailure, String(error));
    assert.match(error.message, pattern);
    return true;
  };

  for (const json of [false, true]) {
    const form = json ? 'JSON' : 'events';

    it(`that is killed in a call is noticed at once, and the outcome is unknown (${form})`, async () => {
      const server = await start({ stuck: 'tools/call', json });
      const session = await openAt(server.url);
      const calling = session.call('echo', { say: 'x' }, CALL_MS, never);
      await server.stuckIn('tools/call');
      await server.kill();
      const end = await calling;
      assert.equal(end.kind, 'unknown');
      assert.match('why' in end ? end.why : '', /^the connection broke off before the answer \(.+\)$/);
      assert.ok(session.isOver);
      await session.close();
    });

    it(`that is killed while it starts or lists its tools cannot be used (${form})`, async () => {
      const starting = await start({ stuck: 'initialize', json });
      const opening = openAt(starting.url);
      await Promise.all([
        assert.rejects(opening, failsWith(/^the connection broke off before the answer \(.+\)$/)),
        starting.stuckIn('initialize').then(() => starting.kill()),
      ]);
      const listing = await start({ stuck: 'tools/list', json });
      const session = await openAt(listing.url);
      await Promise.all([
        assert.rejects(
          session.listTools(never),
          failsWith(/^its tools cannot be listed: the connection broke off before the answer \(.+\)$/),
        ),
        listing.stuckIn('tools/list').then(() => listing.kill()),
      ]);
      await session.close();
    });

    it(`may take longer for a call than the time limits of Node's fetch (${form})`, async () => {
      const server = await start({ slowMs: 3_000, json });
      const session = await openAt(server.url);
      const usual = getGlobalDispatcher();
      setGlobalDispatcher(new Agent({ headersTimeout: 100, bodyTimeout: 100 }));
      try {
        const end = await session.call('echo', { say: 'hi' }, CALL_MS, never);
        assert.ok(end.kind === 'answered', JSON.stringify(end));
        assert.equal(resultText(end.content, same), 'hi');
      } finally {
        setGlobalDispatcher(usual);
        await session.close();
      }
    });
  }

  it('that ends the events of a call without an answer leaves its outcome unknown', async () => {
    const server = await start({ endsCall: true, stuck: 'tools/call' });
    const session = await openAt(server.url);
    assert.deepEqual(await session.call('echo', {}, CALL_MS, never), {
      kind: 'unknown',
      why: 'the connection broke off before the answer',
    });
    await session.close();
  });

  it('is heard to the end of each answer, when it ends the connection with it', async () => {
    const server = await start();
    const session = await openAt(server.url);
    for (let n = 0; n < 200; n += 1) {
      const end = await session.call('echo', { say: String(n) }, CALL_MS, never);
      assert.ok(end.kind === 'answered' && resultText(end.content, same) === String(n), JSON.stringify(end));
    }
    assert.ok(!session.isOver);
    await session.close();
  });

  it('that was killed between two calls is known not to have got the second one', async () => {
    const server = await start();
    const session = await openAt(server.url);
    await server.kill();
    const end = await session.call('echo', {}, CALL_MS, never);
    assert.equal(end.kind, 'refused');
    assert.match('why' in end ? end.why : '', /^it cannot be reached \(.*ECONNREFUSED.*\)\. Check its `url`/);
    assert.ok(session.isOver);
    await session.close();
  });

  it('that was started again refuses calls of its earlier session, which is over', async () => {
    const server = await start();
    const session = await openAt(server.url);
    await server.kill();
    await start({ port: Number(new URL(server.url).port) });
    const end = await session.call('echo', {}, CALL_MS, never);
    assert.equal(end.kind, 'refused');
    assert.match(
      'why' in end ? end.why : '',
      /^it answered with HTTP status 404 \(Not Found\): .*Session not found/,
    );
    assert.ok(session.isOver);
    await session.close();
  });

  describe('that cannot be used', () => {
    const answering = async (listener: RequestListener, env: readonly string[] = []) => {
      const server = createServer(listener).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        await openAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, env);
      } catch (error) {
        assert.ok(error instanceof ServerFailure, String(error));
        assert.ok(!error.message.includes(SECRET));
        return error.message;
      } finally {
        server.close();
        server.closeAllConnections();
      }
      return assert.fail('it was opened');
    };
    const status =
      (code: number, body = ''): RequestListener =>
      (_, response) =>
        void response.writeHead(code).end(body);

    it('says what the root cause is, and what to check', async () => {
      const port = await freePort(undefined);
      await assert.rejects(
        openAt(`http://127.0.0.1:${port}/mcp`),
        failsWith(
          /^it cannot be reached \(connect ECONNREFUSED .*\)\. Check its `url`, and whether it is running$/,
        ),
      );
      await assert.rejects(
        openAt('https://no-such-host.invalid/mcp'),
        failsWith(/^it cannot be reached \(getaddrinfo E\w+ no-such-host\.invalid\)\. Check its `url`/),
      );
      const tls = await startReceiver();
      await assert.rejects(
        openAt(`https://localhost:${tls.port}/mcp`),
        failsWith(/^it cannot be reached \(self-signed certificate\)\. Check its `url`/),
      );
      assert.deepEqual(tls.received, []);
      await tls.close();
    });

    it('says the status, also without a body, and which variable holds the token', async () => {
      assert.equal(
        await answering(status(401), ['DOCS_TOKEN']),
        'it answered with HTTP status 401 (Unauthorized). Check the token in the variable DOCS_TOKEN',
      );
      assert.equal(
        await answering(status(403, `{"error":"${SECRET} may not"}`), ['DOCS_TOKEN']),
        'it answered with HTTP status 403 (Forbidden): {"error":"[redacted] may not"}. Check the token in the variable DOCS_TOKEN',
      );
      assert.equal(
        await answering(status(401)),
        'it answered with HTTP status 401 (Unauthorized). Name the variable that holds its token first in the `env` of the server',
      );
      assert.match(
        await answering(status(404, 'no')),
        /^it answered with HTTP status 404 \(Not Found\): no\. Check the path of its `url`/,
      );
      assert.equal(await answering(status(503)), 'it answered with HTTP status 503 (Service Unavailable)');
    });

    it('says that it speaks no MCP', async () => {
      const page: RequestListener = (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>');
      assert.match(await answering(page), /text\/html/);
    });
  });
});
