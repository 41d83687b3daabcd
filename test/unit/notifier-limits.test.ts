import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EnvironmentError } from '../../src/contract/errors.js';
import { peerOf } from '../../src/server/client-address.js';
import { RateLimit } from '../../src/server/rate-limit.js';
import { checkListenAddress } from '../../src/local-stack/listen-check.js';

describe('a rate limit', () => {
  const rates = { perPeer: { burst: 3, perSecond: 2 }, overall: { burst: 5, perSecond: 4 } };

  it('lets a burst pass, then so many a second, each peer for itself and all together', () => {
    let now = 0;
    const limit = new RateLimit(rates, () => now);
    const took = (peer: string) => Array.from({ length: 4 }, () => limit.take(peer));
    assert.deepEqual(took('a'), [true, true, true, false]);
    assert.equal(limit.isSpent('a'), true);
    assert.equal(limit.isSpent('b'), false);
    // Only two are left of the five for all.
    assert.deepEqual(took('b'), [true, true, false, false]);
    now += 500;
    assert.deepEqual(took('a'), [true, false, false, false]);
    assert.equal(limit.isSpent('b'), false);
    now += 3_600_000;
    assert.deepEqual(took('a'), [true, true, true, false]);
    assert.equal(limit.refused, 7);
  });

  it('never lets more pass than its rate, whoever comes when', () => {
    const steps = fc.array(fc.record({ peer: fc.constantFrom('a', 'b', 'c'), wait: fc.nat(700) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (visits) => {
        let now = 0;
        const limit = new RateLimit(rates, () => now);
        const passed = new Map<string, number>();
        for (const { peer, wait } of visits) {
          now += wait;
          if (limit.take(peer)) passed.set(peer, (passed.get(peer) ?? 0) + 1);
        }
        const seconds = now / 1_000;
        for (const count of passed.values()) assert.ok(count <= 3 + 2 * seconds);
        assert.ok([...passed.values()].reduce((sum, count) => sum + count, 0) <= 5 + 4 * seconds);
      }),
    );
  });

  it('remembers no more peers than it may', () => {
    const limit = new RateLimit({
      perPeer: { burst: 1, perSecond: 0 },
      overall: { burst: 1e9, perSecond: 0 },
    });
    for (let peer = 0; peer <= 10_000; peer += 1) assert.equal(limit.take(String(peer)), true);
    assert.equal(limit.take('10000'), false);
    assert.equal(limit.take('0'), true);
  });
});

describe('whom a limit counts for', () => {
  const TABLE: readonly (readonly [string | undefined, string | undefined, string])[] = [
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['::ffff:10.1.2.3', undefined, '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['2001:0DB8::1', undefined, '2001:db8:0:0::/64'],
    ['::1', undefined, '::1'],
    [undefined, undefined, ''],
    // Only a proxy on this machine is believed, and only in what it added itself.
    ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['::ffff:127.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', 'nonsense', '127.0.0.1'],
    ['10.1.2.3', '203.0.113.9', '10.1.2.3'],
  ];
  for (const [remote, forwarded, peer] of TABLE) {
    it(`${remote ?? 'nobody'}${forwarded === undefined ? '' : ` for ${forwarded}`} is "${peer}"`, () => {
      assert.equal(peerOf(remote, forwarded), peer);
    });
  }
});

describe('before the stack is started', () => {
  it('an address beyond this machine needs a token of its own', async () => {
    const open = { LEADWRIGHT_LISTEN: '0.0.0.0:0' };
    await assert.rejects(checkListenAddress(open), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.fix, /Set LEADWRIGHT_TOKEN/);
      return true;
    });
    await checkListenAddress({ ...open, LEADWRIGHT_TOKEN: 'mine' });
    await checkListenAddress({ LEADWRIGHT_LISTEN: '127.0.0.1:0' });
  });

  it('the names of a proxy are checked', async () => {
    await assert.rejects(checkListenAddress({ LEADWRIGHT_HOSTS: 'https://a.example' }), EnvironmentError);
  });
});
