import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EnvironmentError } from '../../src/contract/errors.js';
import { clientAddress } from '../../src/server/client-address.js';
import { RateLimiter } from '../../src/server/client-rate-limiter.js';
import { checkListenAddress } from '../../src/local-stack/listen-check.js';

describe('a rate limit', () => {
  const rates = { perAddress: { burst: 3, perSecond: 2 }, overall: { burst: 5, perSecond: 4 } };

  it('allows a burst, then a rate, per address and in total', () => {
    let now = 0;
    const limit = new RateLimiter(rates, () => now);
    const took = (address: string) => Array.from({ length: 4 }, () => limit.take(address));
    assert.deepEqual(took('a'), [true, true, true, false]);
    assert.equal(limit.isSpent('a'), true);
    assert.equal(limit.isSpent('b'), false);
    // Only two of the total of five are left.
    assert.deepEqual(took('b'), [true, true, false, false]);
    now += 500;
    assert.deepEqual(took('a'), [true, false, false, false]);
    assert.equal(limit.isSpent('b'), false);
    now += 3_600_000;
    assert.deepEqual(took('a'), [true, true, true, false]);
    assert.equal(limit.refused, 7);
  });

  it('never allows more than its rate', () => {
    const steps = fc.array(fc.record({ address: fc.constantFrom('a', 'b', 'c'), wait: fc.nat(700) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (visits) => {
        let now = 0;
        const limit = new RateLimiter(rates, () => now);
        const passed = new Map<string, number>();
        for (const { address, wait } of visits) {
          now += wait;
          if (limit.take(address)) passed.set(address, (passed.get(address) ?? 0) + 1);
        }
        const seconds = now / 1_000;
        for (const count of passed.values()) assert.ok(count <= 3 + 2 * seconds);
        assert.ok([...passed.values()].reduce((sum, count) => sum + count, 0) <= 5 + 4 * seconds);
      }),
    );
  });

  it('remembers a limited number of addresses', () => {
    const limit = new RateLimiter({
      perAddress: { burst: 1, perSecond: 0 },
      overall: { burst: 1e9, perSecond: 0 },
    });
    for (let address = 0; address <= 10_000; address += 1) assert.equal(limit.take(String(address)), true);
    assert.equal(limit.take('10000'), false);
    assert.equal(limit.take('0'), true);
  });
});

describe('the client address for rate limits', () => {
  const TABLE: readonly (readonly [string | undefined, string | undefined, string])[] = [
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['::ffff:10.1.2.3', undefined, '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['2001:0DB8::1', undefined, '2001:db8:0:0::/64'],
    ['::1', undefined, '::1'],
    [undefined, undefined, ''],
    // Only a proxy on this machine is trusted, and only the entry that it added itself.
    ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['::ffff:127.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', 'nonsense', '127.0.0.1'],
    ['10.1.2.3', '203.0.113.9', '10.1.2.3'],
  ];
  for (const [remote, forwarded, address] of TABLE) {
    it(`is "${address}" for ${remote ?? 'no address'}, forwarded for ${forwarded ?? 'nobody'}`, () => {
      assert.equal(clientAddress(remote, forwarded), address);
    });
  }
});

describe('the checks before the stack starts', () => {
  it('require a configured token to listen beyond this machine', async () => {
    const open = { LEADWRIGHT_LISTEN: '0.0.0.0:0' };
    await assert.rejects(checkListenAddress(open), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.fix, /Set LEADWRIGHT_TOKEN/);
      return true;
    });
    await checkListenAddress({ ...open, LEADWRIGHT_TOKEN: 'mine' });
    await checkListenAddress({ LEADWRIGHT_LISTEN: '127.0.0.1:0' });
  });

  it('refuse invalid names of a proxy', async () => {
    await assert.rejects(checkListenAddress({ LEADWRIGHT_HOSTS: 'https://a.example' }), EnvironmentError);
  });
});
