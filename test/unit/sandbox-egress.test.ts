import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  request,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/contract/errors.js';
import {
  findRefusal,
  isAllowed,
  parseAuthority,
  readEgressRules,
  upstreamFor,
} from '../../src/sandbox/setup-network/egress-rules.js';
import {
  EGRESS_SOCKET,
  startEgressProxy,
  type Address,
  type EgressNetwork,
  type EgressProxy,
} from '../../src/sandbox/setup-network/egress-proxy.js';
import { proxyEnvironment } from '../../src/sandbox/setup-network/forwarder.js';

const PUBLIC = '93.184.216.34';

describe('the rules of the setup network', () => {
  const none = new Set<string>();

  it('allow web servers on the public Internet only', () => {
    assert.equal(findRefusal({ host: 'a', port: 443 }, [PUBLIC], none), null);
    assert.equal(findRefusal({ host: 'a', port: 80 }, ['2606:2800:220:1::1'], none), null);
    assert.match(findRefusal({ host: 'a', port: 22 }, [PUBLIC], none) ?? '', /port 22/);
    assert.match(findRefusal({ host: 'a', port: 443 }, [PUBLIC, '10.0.0.1'], none) ?? '', /10\.0\.0\.1/);
  });

  it('refuse a public address of this machine', () => {
    assert.match(findRefusal({ host: 'a', port: 443 }, [PUBLIC], new Set([PUBLIC])) ?? '', /93\.184/);
  });

  it('allow what the owner names, with its port or with those of web servers', () => {
    const rules = readEgressRules({
      LEADWRIGHT_SETUP_ALLOW: 'Mirror.corp, 127.0.0.1:4873,[fd00::1]:80,fd00::2',
    });
    const table: [string, number, boolean][] = [
      ['mirror.corp', 443, true],
      ['mirror.corp', 8443, false],
      ['127.0.0.1', 4873, true],
      ['127.0.0.1', 5432, false],
      ['fd00::1', 80, true],
      ['fd00::2', 443, true],
      ['evil.mirror.corp', 443, false],
    ];
    for (const [host, port, allowed] of table) assert.equal(isAllowed(rules, { host, port }), allowed, host);
  });

  for (const setting of ['https://mirror.corp', 'mirror.corp/npm', 'a b', '*:99999999', '[x']) {
    it(`are not valid with ${setting}`, () => {
      assert.throws(
        () => readEgressRules({ LEADWRIGHT_SETUP_ALLOW: setting }),
        (error) => error instanceof EnvironmentError && error.message.includes(setting),
      );
    });
  }

  it('use the owner’s proxies, except for what they exclude or allow', () => {
    const rules = readEgressRules({
      HTTPS_PROXY: 'http://proxy.corp:3128',
      http_proxy: 'proxy.corp:8080',
      NO_PROXY: '.corp, example.org',
      LEADWRIGHT_SETUP_ALLOW: 'mirror.example',
    });
    const proxyOf = (host: string, tunnel: boolean): string | undefined =>
      upstreamFor(rules, { host, port: tunnel ? 443 : 80 }, tunnel)?.host;
    assert.equal(proxyOf('registry.npmjs.org', true), 'proxy.corp:3128');
    assert.equal(proxyOf('registry.npmjs.org', false), 'proxy.corp:8080');
    for (const host of ['npm.corp', 'example.org', 'www.example.org', 'mirror.example'])
      assert.equal(proxyOf(host, true), undefined);
    assert.equal(proxyOf('notexample.org', true), 'proxy.corp:3128');
  });

  it('read the target of a tunnel', () => {
    assert.deepEqual(parseAuthority('Example.org:443'), { host: 'example.org', port: 443 });
    assert.deepEqual(parseAuthority('[::1]:443'), { host: '::1', port: 443 });
    for (const bad of ['example.org', 'a@b:443', ':443', 'a:b:443', 'http://a:443', 'a b:443'])
      assert.equal(parseAuthority(bad), null, bad);
  });

  it('send programs to this machine’s own servers only if the owner allows them', () => {
    const direct = (allow: string): string | undefined =>
      proxyEnvironment(readEgressRules({ LEADWRIGHT_SETUP_ALLOW: allow }))['NO_PROXY'];
    assert.equal(direct(''), 'localhost,127.0.0.1,::1');
    assert.equal(direct('localhost:4873'), '127.0.0.1,::1');
  });
});

describe('the proxy of the setup network', () => {
  let folder: string;
  let proxy: EgressProxy;
  let echo: Server;
  /** The addresses that were connected to. Every connection really goes to the echo server. */
  let reached: string[];
  let answers: Address[][];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadwright-egress-'));
    echo = createServer((socket) => socket.pipe(socket));
    await listening(echo);
    reached = [];
    answers = [];
  });
  afterEach(async () => {
    await proxy.close();
    echo.close();
    await rm(folder, { recursive: true });
  });

  const network = (): EgressNetwork => ({
    lookup: () => Promise.resolve(answers.shift() ?? []),
    connect: (_target, addresses) => {
      reached.push(...addresses.map(({ address }) => address));
      return connect(portOf(echo), '127.0.0.1');
    },
    tunnelLimitMs: 30_000,
    failingMs: 0,
  });
  const at = (...addresses: string[]): Address[] => addresses.map((address) => ({ address, family: 4 }));
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    proxy = await startEgressProxy(folder, readEgressRules(env), network());
  };
  const tunnel = async (path: string): Promise<{ status: number | undefined; socket: Socket }> => {
    const sent = request({ socketPath: join(folder, EGRESS_SOCKET), method: 'CONNECT', path });
    sent.end();
    return await new Promise((resolve, reject) => {
      sent.once('error', reject);
      sent.once('connect', ({ statusCode: status }, socket, head) => {
        socket.unshift(head);
        resolve({ status, socket });
      });
    });
  };

  it('opens a tunnel to the addresses that it checked, with one lookup', async () => {
    answers = [at(PUBLIC), at('127.0.0.1')];
    await start();
    const { status, socket } = await tunnel('registry.npmjs.org:443');
    assert.equal(status, 200);
    socket.write('hello');
    assert.equal(String(await once(socket, 'data')), 'hello');
    assert.deepEqual([reached, answers.length], [[PUBLIC], 1]);
    socket.destroy();
  });

  it('checks again for each connection, as the answer may change', async () => {
    answers = [at(PUBLIC), at('127.0.0.1'), at(PUBLIC, '169.254.169.254')];
    await start();
    const statuses: (number | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { status, socket } = await tunnel('rebind.example:443');
      statuses.push(status);
      socket.destroy();
    }
    assert.deepEqual(statuses, [200, 403, 403]);
    assert.deepEqual(reached, [PUBLIC]);
    assert.match(
      [...proxy.refusals].join('\n'),
      /rebind\.example:443: 127\.0\.0\.1 is not [^]*169\.254\.169\.254/,
    );
  });

  it('says how to allow a host', async () => {
    answers = [at('10.1.2.3')];
    await start();
    const { socket } = await tunnel('mirror.corp:443');
    const body = String(await once(socket, 'data'));
    assert.match(body, /add mirror\.corp:443 to LEADWRIGHT_SETUP_ALLOW in your environment/);
  });

  it('reports a name without an address', async () => {
    await start();
    const failing = { ...network(), lookup: () => Promise.reject(new Error('no such name')) };
    await proxy.close();
    proxy = await startEgressProxy(folder, readEgressRules({}), failing);
    const { status } = await tunnel('nowhere.example:443');
    assert.equal(status, 502);
  });

  it('notices a command that connects again and again to what it may not', async () => {
    await start();
    const refuse = async (times: number) => {
      for (let time = 0; time < times; time += 1) {
        answers = [at('10.1.2.3')];
        const { socket } = await tunnel('mirror.corp:443');
        socket.destroy();
      }
    };
    await refuse(99);
    answers = [at(PUBLIC)];
    (await tunnel('registry.npmjs.org:443')).socket.destroy();
    await refuse(99);
    assert.equal(proxy.failing(), null, 'one of them worked');
    await refuse(1);
    assert.match(proxy.failing() ?? '', /refused a connection of the setup command to mirror\.corp:443/);
  });

  it('goes through the owner’s proxy, with its credentials, and still refuses private addresses', async () => {
    const heard: string[] = [];
    const upstream = createHttpServer();
    upstream.on('connect', (asked: IncomingMessage, socket: Socket) => {
      heard.push(`${asked.url ?? ''} ${asked.headers['proxy-authorization'] ?? ''}`);
      socket.end('HTTP/1.1 200 OK\r\n\r\nfrom upstream');
    });
    await listening(upstream);
    answers = [at(PUBLIC), at('127.0.0.1')];
    await start({ HTTPS_PROXY: `http://ann:pw@127.0.0.1:${portOf(upstream)}` });
    const { status, socket } = await tunnel('registry.npmjs.org:443');
    assert.equal(status, 200);
    assert.equal(String(await once(socket, 'data')), 'from upstream');
    assert.deepEqual(heard, [`registry.npmjs.org:443 Basic ${Buffer.from('ann:pw').toString('base64')}`]);
    const refused = await tunnel('localhost:443');
    assert.equal(refused.status, 403);
    assert.equal(heard.length, 1);
    upstream.closeAllConnections();
    upstream.close();
  });

  describe('with a proxy of the owner that never answers', () => {
    let silent: Server;
    let reachedProxy: Promise<Socket>;
    beforeEach(async () => {
      silent = createServer();
      reachedProxy = once(silent, 'connection').then(([socket]: Socket[]) => socket ?? assert.fail());
      await listening(silent);
      answers = [at(PUBLIC)];
    });
    afterEach(() => silent.close());
    const startBehind = async (tunnelLimitMs: number): Promise<void> => {
      const rules = readEgressRules({ HTTPS_PROXY: `http://127.0.0.1:${portOf(silent)}` });
      proxy = await startEgressProxy(folder, rules, { ...network(), tunnelLimitMs });
    };

    it('says so after a time', async () => {
      await startBehind(50);
      const { status, socket } = await tunnel('registry.npmjs.org:443');
      assert.equal(status, 502);
      assert.match(String(await once(socket, 'data')), /the proxy 127\.0\.0\.1:\d+ did not answer/);
    });

    it('ends the connection to it when the command has ended', async () => {
      await startBehind(30_000);
      tunnel('registry.npmjs.org:443').catch(() => undefined);
      const socket = await reachedProxy;
      socket.resume();
      const ended = once(socket, 'close');
      await proxy.close();
      await ended;
      // `afterEach` closes it.
      await start();
    });
  });

  for (const status of ['000', '099', '700']) {
    it(`answers, and goes on, when a web server answers with status ${status}`, async () => {
      const web = createServer((socket) => {
        socket.once('data', () => socket.end(`HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`));
      });
      await listening(web);
      const host = `127.0.0.1:${portOf(web)}`;
      proxy = await startEgressProxy(folder, readEgressRules({ LEADWRIGHT_SETUP_ALLOW: host }));
      const sent = request({ socketPath: join(folder, EGRESS_SOCKET), path: `http://${host}/` });
      sent.end();
      assert.equal(await statusOf(sent), status === '700' ? 700 : 502);
      web.close();
    });
  }

  it('sends credentials of the owner’s proxy as they are when they are not encoded', async () => {
    const heard: string[] = [];
    const upstream = createHttpServer((asked, response) => {
      heard.push(asked.headers['proxy-authorization'] ?? '');
      response.end('page');
    });
    await listening(upstream);
    answers = [at(PUBLIC)];
    await start({ HTTP_PROXY: `http://ann:100%@127.0.0.1:${portOf(upstream)}` });
    const sent = request({ socketPath: join(folder, EGRESS_SOCKET), path: 'http://registry.example/' });
    sent.end();
    assert.equal(await statusOf(sent), 200);
    assert.deepEqual(heard, [`Basic ${Buffer.from('ann:100%').toString('base64')}`]);
    upstream.closeAllConnections();
    upstream.close();
  });

  it('passes on no header that is meant for a proxy', async () => {
    const seen: string[] = [];
    const web = createHttpServer((asked, response) => {
      seen.push(asked.url ?? '', ...Object.keys(asked.headers).sort(), asked.headers.host ?? '');
      response.end('page');
    });
    await listening(web);
    const host = `127.0.0.1:${portOf(web)}`;
    proxy = await startEgressProxy(folder, readEgressRules({ LEADWRIGHT_SETUP_ALLOW: host }));
    const headers = {
      host: 'other.example',
      'proxy-authorization': 'Basic x',
      'x-own': '1',
      connection: 'x-own, close',
    };
    const sent = request({ socketPath: join(folder, EGRESS_SOCKET), path: `http://${host}/a?b`, headers });
    sent.end();
    await once(sent, 'response');
    assert.deepEqual(seen, ['/a?b', 'connection', 'host', host]);
    web.closeAllConnections();
    web.close();
  });
});

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function statusOf(sent: ClientRequest): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    sent.once('response', ({ statusCode }) => resolve(statusCode));
    sent.once('error', reject);
  });
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
