import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { inviteToPage } from '../../src/cli/print/dashboard-link.js';
import { otherAddressWarning, otherPortWarning } from '../../src/cli/session/other-port.js';

describe('the invitation to the page of a run that waits', () => {
  const HOUR_MS = 60 * 60_000;

  it('says how long the link signs in, which is shorter than the page stays up', () => {
    const link = 'http://127.0.0.1:4317/#sign-in=code/runs/shop';
    const text = `within 1h 00m (the link signs in once, within 10m 00s):  ${link}`;
    assert.equal(inviteToPage('blocked', HOUR_MS, link), `Answer on the page, ${text}`);
    assert.equal(inviteToPage('paused', HOUR_MS, link), `Resume it on the page, ${text}`);
  });

  it('does not speak of signing in when the link does not', () => {
    const page = 'http://127.0.0.1:4317/#/runs/shop';
    assert.equal(inviteToPage('blocked', HOUR_MS, page), `Answer on the page, within 1h 00m:  ${page}`);
  });
});

describe('the warning that another program uses the usual port', () => {
  /** Asks about a port at which a server answers with a text. */
  async function warningFor(body: string, urlOf: (port: number) => string = () => 'http://127.0.0.1:1/') {
    const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    try {
      const { port } = address;
      return [await otherPortWarning({ host: '127.0.0.1', port }, urlOf(port)), port] as const;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('tells another home from another program, and names the own address', async () => {
    const [home, port] = await warningFor('ok\n');
    assert.equal(
      home,
      `port ${port} is used by the stack of another LEADWRIGHT_HOME. The dashboard of this home is at http://127.0.0.1:1/`,
    );
    assert.match((await warningFor('<h1>Grafana</h1>'))[0] ?? '', /is used by another program\. /);
  });

  it('is not there when the dashboard is at that port', async () => {
    const [none] = await warningFor('ok\n', (port) => `http://127.0.0.1:${port}`);
    assert.equal(none, null);
  });

  it('is not there when nobody uses that port any more', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    server.close();
    await once(server, 'close');
    const { port } = address;
    assert.equal(await otherPortWarning({ host: '127.0.0.1', port }, 'http://127.0.0.1:1/'), null);
  });
});

describe('the warning that the stack runs at another address than LEADWRIGHT_LISTEN', () => {
  it('names both addresses, and how to change to the other', () => {
    assert.equal(
      otherAddressWarning({ host: '127.0.0.1', port: 4900 }, 'http://127.0.0.1:4800'),
      'LEADWRIGHT_LISTEN is 127.0.0.1:4900, but the stack runs already with its dashboard at http://127.0.0.1:4800. To change that: leadwright down, then start it again',
    );
    assert.match(otherAddressWarning({ host: '::1', port: 4800 }, 'http://127.0.0.1:4800') ?? '', /::1/);
  });

  for (const [listen, url] of [
    [{ host: '127.0.0.1', port: 4800 }, 'http://127.0.0.1:4800'],
    [{ host: '0.0.0.0', port: 4800 }, 'http://127.0.0.1:4800'],
    [{ host: '127.0.0.1', port: 80 }, 'http://127.0.0.1'],
    [{ host: '127.0.0.1', port: 0 }, 'http://127.0.0.1:39117'],
  ] as const) {
    it(`is not there for ${listen.host}:${listen.port} and ${url}`, () => {
      assert.equal(otherAddressWarning(listen, url), null);
    });
  }
});
