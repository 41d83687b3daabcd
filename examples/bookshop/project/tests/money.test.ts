import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPrice } from '../shop/money.ts';

describe('formatPrice', () => {
  it('has two places after the point', () => {
    assert.equal(formatPrice(1250), '€12.50');
    assert.equal(formatPrice(7), '€0.07');
    assert.equal(formatPrice(0), '€0.00');
  });

  it('puts the sign in front', () => {
    assert.equal(formatPrice(-5), '−€0.05');
  });
});
