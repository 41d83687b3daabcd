import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { callModel } from '../../src/model/call.js';
import { classifyFailure } from '../../src/model/failures.js';
import type { ModelRequest } from '../../src/model/request.js';
import { fetchOnWire } from '../../src/model/wire.js';
import { proxyFor, readProxies } from '../../src/shared/network/proxies.js';
import { workerSettings } from '../../src/local-stack/worker-settings.js';

describe('the proxies of the environment', () => {
  const proxies = readProxies({ HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: '.corp' });

  it('are not used for this machine, whose servers nobody else reaches', () => {
    for (const host of ['localhost', 'model.localhost', '127.0.0.1', '127.1.2.3', '::1'])
      assert.equal(proxyFor(proxies, 'https', host), null, host);
    for (const host of ['api.anthropic.com', '10.0.0.1', 'localhost.example.com', '127.0.0.1.example.com'])
      assert.equal(proxyFor(proxies, 'https', host)?.host, 'proxy.corp:3128', host);
    assert.equal(proxyFor(proxies, 'https', 'gateway.corp'), null);
    assert.equal(proxyFor(proxies, 'http', 'api.anthropic.com'), null);
  });

  it('are settings of a worker, if there are any', () => {
    const other = workerSettings({ https_proxy: 'http://other.corp:3128' });
    assert.notEqual(workerSettings({ HTTPS_PROXY: 'http://proxy.corp:3128' }).proxies, other.proxies);
    assert.equal(workerSettings({ https_proxy: 'other.corp:3128' }).proxies, other.proxies);
    assert.equal(workerSettings({ NO_PROXY: 'example.com' }).proxies, null);
  });
});

describe('a model call through a proxy', () => {
  let proxy: Server;
  let asked: IncomingMessage[];
  let before: NodeJS.ProcessEnv;
  beforeEach(async () => {
    asked = [];
    before = { ...process.env };
    proxy = createServer((request, response) => {
      asked.push(request);
      request.resume().on('end', () => response.end('from the model'));
    });
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(request);
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://ann:100%@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    Object.assign(process.env, { HTTP_PROXY: url, HTTPS_PROXY: url });
  });
  afterEach(async () => {
    process.env = before;
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  const CREDENTIALS = `Basic ${Buffer.from('ann:100%').toString('base64')}`;

  it('is given to it as it is without TLS', async () => {
    const answer = await fetchOnWire('http://model.invalid/v1/messages', { method: 'POST', body: '{}' });
    assert.equal(await answer.text(), 'from the model');
    const [request] = asked;
    assert.equal(request?.url, 'http://model.invalid/v1/messages');
    assert.equal(request.headers.host, 'model.invalid');
    assert.equal(request.headers['proxy-authorization'], CREDENTIALS);
  });

  it('asks for a tunnel with TLS, and was not sent when that is refused', async () => {
    const request: ModelRequest = {
      ...{ model: 'm', system: '', tools: [] },
      messages: [{ role: 'user', content: 'x' }],
    };
    const limits = { maxTokens: 100, timeoutMs: 20_000, signal: new AbortController().signal };
    const failed = await callModel({ baseUrl: 'https://model.invalid', apiKey: 'k' }, request, limits).then(
      () => assert.fail('the call gave an answer'),
      classifyFailure,
    );
    assert.deepEqual(
      asked.map(({ method, url }) => `${method} ${url}`),
      ['CONNECT model.invalid:443'],
    );
    assert.equal(asked[0]?.headers['proxy-authorization'], CREDENTIALS);
    assert.deepEqual([failed?.kind, failed?.billed], ['connection', 'no']);
    assert.match(failed?.message ?? '', /407.*through the proxy 127\.0\.0\.1:\d+,/);
    assert.doesNotMatch(failed?.message ?? '', /ann|100%/);
  });

  it('reaches a server of this machine without it', async () => {
    const { port } = proxy.address() as AddressInfo;
    const answer = await fetchOnWire(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST', body: '{}' });
    assert.equal(await answer.text(), 'from the model');
    assert.equal(asked[0]?.url, '/v1/messages');
  });
});
