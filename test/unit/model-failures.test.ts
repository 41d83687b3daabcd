import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { failureOf, retryAfter } from '../../src/model/failures.js';

const HEADERS = new Headers({ 'retry-after': '7' });
const failed = (status: number, headers = HEADERS) =>
  failureOf(
    Anthropic.APIError.generate(
      status,
      { type: 'error', error: { type: 'some_error', message: 'Not\n now.' } },
      undefined,
      headers,
    ),
  );

describe('a failed model call', () => {
  for (const status of [408, 409, 429, 500, 502, 503, 504, 529]) {
    it(`with ${status} is tried again when the provider says`, () => {
      assert.deepEqual(failed(status), {
        kind: 'busy',
        message: `The model answered ${status}: Not now.`,
        retryAfterMs: 7_000,
      });
    });
  }
  for (const status of [401, 403, 404]) {
    it(`with ${status} is a person's to mend`, () => assert.equal(failed(status)?.kind, 'access'));
  }
  for (const status of [400, 402, 405, 410, 413, 418, 422]) {
    it(`with ${status} is never tried again`, () => assert.equal(failed(status)?.kind, 'request'));
  }

  it('says no more than a line of what a provider said, and copes with nothing', () => {
    const long = Anthropic.APIError.generate(
      400,
      { error: { message: 'x'.repeat(5_000) } },
      undefined,
      HEADERS,
    );
    assert.ok((failureOf(long)?.message.length ?? 0) < 400);
    const none = Anthropic.APIError.generate(502, undefined, undefined, new Headers());
    assert.deepEqual(failureOf(none), {
      kind: 'busy',
      message: 'The model answered 502: no reason given',
      retryAfterMs: null,
    });
  });

  it('names the root of a broken connection', () => {
    const cause = new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    assert.deepEqual(failureOf(new Anthropic.APIConnectionError({ cause })), {
      kind: 'connection',
      message: 'The model could not be reached: connect ECONNREFUSED',
      retryAfterMs: null,
    });
    assert.equal(failureOf(new Anthropic.APIConnectionTimeoutError())?.kind, 'connection');
  });

  it('is none when the fault is ours', () => {
    assert.equal(failureOf(new TypeError('x is not a function')), null);
    assert.equal(failureOf('text'), null);
  });
});

describe('when a provider says to come back', () => {
  const NOW = Date.parse('2026-11-23T21:00:00Z');
  const waits: readonly (readonly [Record<string, string>, number | null])[] = [
    [{}, null],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Mon, 23 Nov 2026 21:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 20:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9_000],
  ];
  for (const [headers, ms] of waits) {
    it(`${JSON.stringify(headers)} is ${ms ?? 'no'} ms`, () =>
      assert.equal(retryAfter(new Headers(headers), NOW), ms));
  }
});
