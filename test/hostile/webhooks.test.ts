import assert from 'node:assert/strict';
import dns from 'node:dns';
import promises from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { postWebhook, type WebhookRequest } from '../../src/notifications/webhook.js';
import { attempt } from '../support/attempts.js';
import { CERTIFICATE, startReceiver, type Receiver } from '../support/receiver.js';

/** A webhook's URL is in the plan, and its host's answers and names belong to whoever runs it. */
describe('a webhook that wants to reach this machine or its network', () => {
  let receiver: Receiver;
  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver.close());
  beforeEach(() => {
    receiver.answer = () => ({ status: 204 });
  });

  const post = (url: string, changes: Partial<WebhookRequest> = {}) =>
    postWebhook({
      url,
      headers: {},
      body: '{}',
      allowPrivate: false,
      signal: new AbortController().signal,
      ca: CERTIFICATE,
      ...changes,
    });

  for (const host of [
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '127.0.0.1',
    '127.1',
    '127.0.0.1.',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.1',
    '0',
    '0.0.0.0',
    '%31%32%37.0.0.1',
    '１２７.0.0.1',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '1.1.1.1@127.0.0.1',
    '1.1.1.1%40x@127.0.0.1',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::1]',
    '10.0.0.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[fe80::1]',
  ]) {
    it(`sends nothing to ${host}`, async () => {
      const before = receiver.received.length;
      const problem = await post(`https://${host}:${receiver.port}/`);
      assert.match(problem ?? '', /is not an address of the public Internet|could not be notified/);
      assert.equal(receiver.received.length, before);
    });
  }

  it('follows no redirect, whatever its kind and target', async () => {
    for (const status of [300, 301, 302, 303, 305, 307, 308]) {
      for (const location of [
        `https://127.0.0.1:${receiver.port}/again`,
        `http://169.254.169.254/latest/meta-data`,
        '/again',
        '//127.0.0.1/',
        'file:///etc/passwd',
        `https://localhost/${'x'.repeat(12_000)}`,
      ]) {
        await attempt(`${status} to ${location.slice(0, 60)}`, async () => {
          receiver.answer = () => ({ status, location });
          const before = receiver.received.length;
          const problem = await post(`https://localhost:${receiver.port}/`, { allowPrivate: true });
          assert.match(problem ?? '', /which is not followed/);
          assert.equal(receiver.received.length, before + 1);
        });
      }
    }
  });

  describe('through names', () => {
    const kept = { promised: promises.lookup, called: dns.lookup };
    let lookups: string[] = [];

    /** Answers the next look-ups of names with these lists of addresses; the last one is repeated. */
    function answerWith(...answers: readonly (readonly string[])[]): void {
      lookups = [];
      const next = (name: string) => {
        const addresses = answers[Math.min(lookups.length, answers.length - 1)] ?? [];
        lookups.push(name);
        return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      };
      Object.assign(promises, { lookup: (name: string) => Promise.resolve(next(name)) });
      Object.assign(dns, {
        lookup: (name: string, _options: unknown, found: (error: null, all: unknown) => void) =>
          found(null, next(name)),
      });
      syncBuiltinESMExports();
    }
    afterEach(() => {
      Object.assign(promises, { lookup: kept.promised });
      Object.assign(dns, { lookup: kept.called });
      syncBuiltinESMExports();
    });

    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254']) {
      it(`sends nothing when a name has ${address} beside a public address`, async () => {
        const before = receiver.received.length;
        answerWith(['1.1.1.1', address]);
        assert.match(
          (await post(`https://hook.example:${receiver.port}/`)) ?? '',
          /is not an address of the public Internet/,
        );
        assert.equal(receiver.received.length, before);
      });
    }

    it('tries the next address when nothing listens at the first one', async () => {
      const before = receiver.received.length;
      answerWith(['127.0.0.2', '127.0.0.1'], ['127.0.0.3']);
      assert.equal(await post(`https://localhost:${receiver.port}/`, { allowPrivate: true }), null);
      assert.deepEqual(lookups, ['localhost']);
      assert.equal(receiver.received.length, before + 1);
    });

    it('names the reason when nothing listens at any of its addresses', async () => {
      answerWith(['127.0.0.2', '127.0.0.3']);
      assert.match(
        (await post(`https://localhost:${receiver.port}/`, { allowPrivate: true })) ?? '',
        /could not be notified: .*ECONNREFUSED 127\.0\.0\.2/,
      );
    });

    it('connects to the address that was checked, though the name has another one then', async () => {
      let connections = 0;
      const checked: Server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      // The same port as the receiver's, at another address of this machine.
      await once(checked.listen(receiver.port, '127.0.0.2'), 'listening');
      try {
        const before = receiver.received.length;
        // Nor to the name's next address, once the first one has accepted a connection.
        answerWith(['127.0.0.2', '127.0.0.1'], ['127.0.0.1']);
        await post(`https://localhost:${receiver.port}/`, { allowPrivate: true });
        assert.deepEqual(lookups, ['localhost']);
        assert.deepEqual([connections, receiver.received.length], [1, before]);
      } finally {
        checked.close();
      }
    });
  });
});
