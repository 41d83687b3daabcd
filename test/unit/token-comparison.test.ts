import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { tokensEqual } from '../../src/shared/network/token.js';

/** Time itself cannot be asserted on. What makes it constant is that only hashes are compared, and all of their bytes. */
describe('the comparison of tokens', () => {
  const { timingSafeEqual } = crypto;
  const compared: (readonly NodeJS.ArrayBufferView[])[] = [];

  before(() => {
    crypto.timingSafeEqual = (one: NodeJS.ArrayBufferView, other: NodeJS.ArrayBufferView) => {
      compared.push([one, other]);
      return timingSafeEqual(one, other);
    };
    syncBuiltinESMExports();
  });
  after(() => {
    crypto.timingSafeEqual = timingSafeEqual;
    syncBuiltinESMExports();
  });

  const RIGHT = 'the-right-token';
  for (const given of [
    '',
    't',
    'the-right-tokeN',
    'The-right-token',
    RIGHT,
    `${RIGHT}x`,
    'x'.repeat(10_000),
  ]) {
    it(`compares only hashes, in constant time: ${JSON.stringify(given.slice(0, 20))}`, () => {
      compared.length = 0;
      assert.equal(tokensEqual(given, RIGHT), given === RIGHT);
      const hash = (text: string) => crypto.createHash('sha256').update(text).digest('hex');
      assert.deepEqual(
        compared.map((pair) =>
          pair.map(({ buffer, byteOffset, byteLength }) =>
            Buffer.from(buffer, byteOffset, byteLength).toString('hex'),
          ),
        ),
        [[hash(given), hash(RIGHT)]],
      );
    });
  }
});
