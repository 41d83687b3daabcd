import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { isPublicAddress } from '../../src/shared/network/public-address.js';
import { signHeaders, webhookKey } from '../../src/notifications/webhook-signature.js';
import { postWebhook, type WebhookRequest } from '../../src/notifications/webhook.js';
import { CERTIFICATE, startReceiver, type Receiver } from '../support/receiver.js';

describe('isPublicAddress', () => {
  const open = [
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '2606:4700::1111',
  ];
  const closed: readonly (readonly [string, string])[] = [
    ['this machine', '127.0.0.1'],
    ['this machine, elsewhere in its block', '127.9.9.9'],
    ['no address yet', '0.0.0.0'],
    ['a private network', '10.1.2.3'],
    ['a private network', '172.16.0.1'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.1.1'],
    ['a provider’s network', '100.64.0.1'],
    ['link-local, and the metadata of clouds', '169.254.169.254'],
    ['Azure’s own services', '168.63.129.16'],
    ['Alibaba’s metadata', '100.100.100.200'],
    ['Oracle’s metadata', '192.0.0.192'],
    ['a benchmark’s', '198.19.255.255'],
    ['documentation', '203.0.113.9'],
    ['multicast', '224.0.0.1'],
    ['reserved', '250.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['this machine', '::1'],
    ['no address yet', '::'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['unique local', 'fd12:3456::1'],
    ['AWS’s metadata', 'fd00:ec2::254'],
    ['multicast', 'ff02::1'],
    ['a mapped private address', '::ffff:10.0.0.1'],
    ['a mapped loopback address, in hexadecimal', '::ffff:7f00:1'],
    ['a translated private address', '64:ff9b::a00:1'],
    ['6to4 of a private address', '2002:a00:1::1'],
    ['Teredo', '2001:0:1234::1'],
    ['documentation', '2001:db8::1'],
    ['no address', 'localhost'],
    ['no address', '127.1'],
    ['no address', ''],
  ];
  for (const address of open) it(`accepts ${address}`, () => assert.ok(isPublicAddress(address)));
  for (const [what, address] of closed) {
    it(`refuses ${address}: ${what}`, () => assert.ok(!isPublicAddress(address)));
  }
});

describe('a webhook’s signature', () => {
  it('follows Standard Webhooks, over id, time and body', () => {
    // The example of the specification's reference implementation.
    const key = webhookKey({ LEADWRIGHT_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }, 'token');
    const headers = signHeaders(
      key,
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      new Date(1614265330_000),
      '{"test": 2432232314}',
    );
    assert.deepEqual(headers, {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('uses a key derived from the token if no secret is set, without revealing the token', () => {
    const key = webhookKey({}, 'the-token');
    assert.deepEqual(key, createHmac('sha256', 'the-token').update('leadwright webhook').digest());
    assert.notDeepEqual(key, webhookKey({}, 'another'));
    assert.deepEqual(webhookKey({ LEADWRIGHT_WEBHOOK_SECRET: 'plain' }, 'the-token'), Buffer.from('plain'));
  });
});

describe('posting to a webhook', () => {
  let receiver: Receiver;
  before(async () => (receiver = await startReceiver()));
  after(() => receiver.close());

  const wanted = (): WebhookRequest => ({
    url: `https://localhost:${receiver.port}/hook?secret=abc`,
    headers: { 'webhook-id': 'shop:a:1' },
    body: '{"id":"ä"}',
    allowPrivate: true,
    signal: new AbortController().signal,
  });
  const posted = (changes: Partial<WebhookRequest> = {}) =>
    postWebhook({ ...wanted(), ca: CERTIFICATE, ...changes });
  const count = () => receiver.received.length;

  it('sends the body unchanged to the path from the plan', async () => {
    assert.equal(await posted(), null);
    const got = receiver.received.at(-1);
    assert.deepEqual([got?.method, got?.path, got?.body], ['POST', '/hook?secret=abc', '{"id":"ä"}']);
    assert.deepEqual(
      [got?.headers['webhook-id'], got?.headers.host],
      ['shop:a:1', `localhost:${receiver.port}`],
    );
  });

  for (const host of ['localhost', '127.0.0.1', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]']) {
    it(`sends nothing to ${host} unless it is allowed`, async () => {
      const before = count();
      const problem = await posted({ url: `https://${host}:${receiver.port}/hook`, allowPrivate: false });
      assert.match(
        problem ?? '',
        /is not an address of the public Internet.*LEADWRIGHT_WEBHOOK_PRIVATE=allow/,
      );
      assert.equal(count(), before);
    });
  }

  it('follows no redirect and reports a failure', async () => {
    const before = count();
    receiver.answer = () => ({ status: 307, location: `https://localhost:${receiver.port}/elsewhere` });
    assert.match((await posted()) ?? '', /answered 307, a redirect, which is not followed/);
    assert.equal(count(), before + 1);
  });

  it('fails on any other status than success, naming only the host', async () => {
    receiver.answer = () => ({ status: 503, body: 'x'.repeat(1_000_000) });
    const problem = await posted();
    assert.equal(problem, `localhost:${receiver.port} answered 503`);
    receiver.answer = () => ({ status: 200, body: 'x'.repeat(1_000_000) });
    assert.equal(await posted(), null, 'an answer without end is not read to its end');
  });

  it('ignores a proxy in the environment', async () => {
    process.env['HTTPS_PROXY'] = process.env['https_proxy'] = 'http://127.0.0.1:9';
    try {
      receiver.answer = () => ({ status: 204 });
      assert.equal(await posted(), null);
    } finally {
      delete process.env['HTTPS_PROXY'];
      delete process.env['https_proxy'];
    }
  });

  it('refuses an invalid certificate', async () => {
    const before = count();
    assert.match((await postWebhook(wanted())) ?? '', /could not be notified: .*self-signed certificate/);
    assert.equal(count(), before);
  });

  it('fails when nothing listens, and stops on abort', async () => {
    assert.match((await posted({ url: 'https://localhost:9/' })) ?? '', /localhost:9 could not be notified/);
    assert.match(
      (await posted({ url: 'https://no-such-host.invalid/' })) ?? '',
      /no-such-host.invalid could not be notified/,
    );
    await assert.rejects(posted({ signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  });
});
