import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DEFAULT_MODEL, SCRIPTED_MODEL, type Price } from '../../src/model/known-models.js';
import { costUsd, maxTokensWithin, priceOf, worstCaseUsd } from '../../src/model/prices.js';

function usage(input: number, output = 0, written = 0, read = 0, written1h = 0) {
  return {
    inputTokens: input,
    outputTokens: output,
    cacheCreationInputTokens: written,
    cacheCreation1hInputTokens: written1h,
    cacheReadInputTokens: read,
  };
}

function known(model: string): Price {
  const price = priceOf(model);
  assert.ok(price !== null, `${model} has a price`);
  return price;
}

describe('prices', () => {
  it('include the default model, and find dated ids by their undated form', () => {
    assert.ok(known(DEFAULT_MODEL).output > 0);
    assert.deepEqual(priceOf('claude-haiku-4-5-20251001'), known('claude-haiku-4-5'));
    assert.equal(priceOf('a-model-of-mine'), null);
    assert.equal(priceOf('__proto__', {}), null);
  });

  it('can be overridden by the plan', () => {
    const price = priceOf(DEFAULT_MODEL, { [DEFAULT_MODEL]: { input: 7, output: 9 } });
    assert.ok(price !== null);
    assert.equal(costUsd(usage(1_000_000, 1_000_000), price), 16);
  });

  it('are zero for the scripted model', () => {
    assert.equal(costUsd(usage(123_456, 7, 8, 9), known(SCRIPTED_MODEL)), 0);
  });

  it('sum the four kinds of tokens', () => {
    const price = priceOf('mine', { mine: { input: 3, output: 15 } });
    assert.ok(price !== null);
    assert.equal(costUsd(usage(1000, 200, 400, 5000), price), 0.009);
    assert.equal(costUsd(usage(1, 0, 0, 1), price), 0.0000033);
    assert.equal(costUsd(usage(0, 0, 400, 0, 300), price), 0.002175, '100 for five minutes, 300 for an hour');
  });

  it('apply the long-context rate to all of a long prompt, if the model has one', () => {
    const haiku = known('claude-haiku-5-5');
    assert.equal(costUsd(usage(100_000), haiku), 0.01);
    assert.equal(costUsd(usage(50_001, 0, 0, 50_000), haiku), 0.0275005);
    assert.equal(
      worstCaseUsd({ inputTokensUpperBound: 100_001, maxTokens: 1000, price: haiku }),
      0.065000625,
    );
  });

  it('never exceed the worst case', () => {
    const models = fc.constantFrom(DEFAULT_MODEL, 'claude-haiku-5-5', 'claude-opus-5-5', SCRIPTED_MODEL);
    const count = fc.nat(300_000);
    fc.assert(
      fc.property(
        models,
        count,
        count,
        count,
        count,
        fc.boolean(),
        (model, input, written, read, output, long) => {
          const price = known(model);
          const worst = worstCaseUsd({
            inputTokensUpperBound: input + written + read,
            maxTokens: output,
            price,
            cachesForAnHour: long,
          });
          assert.ok(costUsd(usage(input, output, written, read, long ? written : 0), price) <= worst);
        },
      ),
    );
  });

  it('turns money into the longest answer that it pays for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(DEFAULT_MODEL, 'claude-haiku-5-5', 'claude-opus-4-6'),
        fc.integer({ min: 0, max: 500_000 }),
        fc.integer({ min: 1, max: 128_000 }),
        fc.boolean(),
        (model, inputTokensUpperBound, maxTokens, cachesForAnHour) => {
          const price = priceOf(model);
          assert.ok(price);
          const call = { inputTokensUpperBound, price, cachesForAnHour };
          const usd = worstCaseUsd({ ...call, maxTokens });
          assert.equal(maxTokensWithin(usd, call), maxTokens);
          assert.equal(maxTokensWithin(usd - 1e-9, call), maxTokens - 1);
        },
      ),
    );
    const free = { inputTokensUpperBound: 9, price: priceOf(SCRIPTED_MODEL) ?? assert.fail() };
    assert.equal(maxTokensWithin(0, free), Number.POSITIVE_INFINITY);
  });
});
