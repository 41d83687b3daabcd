import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { classifyFailure, retryAfter } from '../../src/model/failures.js';
import { WireError } from '../../src/model/wire.js';

const HEADERS = new Headers({ 'retry-after': '7' });
const errorBody = (message: string, type = 'some_error') => ({ type: 'error', error: { type, message } });
const failed = (status: number, message = 'Not\n now.') =>
  classifyFailure(Anthropic.APIError.generate(status, errorBody(message), undefined, HEADERS));
/** An `error` event in a stream, as the SDK throws it. */
const inStream = (type: string) =>
  classifyFailure(new Anthropic.APIError(undefined, errorBody('No.', type), undefined, HEADERS));

describe('a failed model call', () => {
  for (const [status, slowsFleet] of [
    [408, false],
    [409, false],
    [429, true],
    [500, false],
    [502, false],
    [503, false],
    [504, false],
    [529, true],
  ] as const) {
    it(`with ${status} is retried when the provider says${slowsFleet ? ', and slows the fleet' : ''}`, () => {
      assert.deepEqual(failed(status), {
        kind: 'busy',
        message: `The model answered ${status}: Not now.`,
        retryAfterMs: 7_000,
        status,
        slowsFleet,
        billed: 'no',
      });
    });
  }
  for (const [status, message, concerns] of [
    [401, 'invalid x-api-key', 'account'],
    [401, 'key not allowed to access model. This key can only access models=[a]', 'model'],
    [402, 'Not now.', 'account'],
    [403, 'Not now.', 'model'],
    [404, 'model: claude-sonnet-9', 'model'],
    [400, 'Your credit balance is too low to access the Anthropic API.', 'account'],
    [400, 'The provided model identifier is invalid.', 'model'],
  ] as const) {
    it(`with ${status} asks a person about the ${concerns} when it says "${message}"`, () => {
      const failure = failed(status, message);
      assert.ok(failure?.kind === 'access');
      assert.equal(failure.concerns, concerns);
    });
  }
  for (const status of [301, 302, 303, 307, 308]) {
    it(`with ${status} asks a person for the address that it names`, () => {
      const headers = new Headers({ location: 'https://other.example/v1/messages' });
      const failure = classifyFailure(Anthropic.APIError.generate(status, undefined, undefined, headers));
      assert.ok(failure?.kind === 'access');
      assert.deepEqual([failure.concerns, failure.billed], ['account', 'no']);
      assert.match(failure.message, /redirected to https:\/\/other\.example\/v1\/messages/);
    });
  }
  for (const status of [400, 405, 410, 418, 422]) {
    it(`with ${status} is not retried`, () => assert.equal(failed(status)?.kind, 'request'));
  }

  for (const [kind, status, message] of [
    ['context', 400, 'prompt is too long: 205001 tokens > 200000 maximum'],
    ['context', 400, 'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000'],
    ['context', 400, "This model's maximum context length is 8192 tokens."],
    ['context', 400, 'the request exceeds the available context size, try increasing it'],
    [
      'context',
      400,
      "'max_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 9000 input tokens.",
    ],
    ['context', 413, 'Request exceeds the maximum size'],
    ['access', 400, 'You have reached your specified API usage limits.'],
    ['request', 400, 'messages.3: tool_use ids were found without tool_result blocks'],
  ] as const) {
    it(`with ${status} is of kind ${kind} when it says "${message}"`, () => {
      assert.equal(failed(status, message)?.kind, kind);
      assert.equal(failed(status, message)?.billed, 'no');
    });
  }

  for (const [type, kind, slowsFleet] of [
    ['overloaded_error', 'busy', true],
    ['rate_limit_error', 'busy', true],
    ['api_error', 'busy', false],
    ['timeout_error', 'busy', false],
    ['a_later_error', 'busy', false],
    ['invalid_request_error', 'request', null],
    ['authentication_error', 'access', null],
    ['billing_error', 'access', null],
    ['permission_error', 'access', null],
    ['not_found_error', 'access', null],
    ['request_too_large', 'context', null],
  ] as const) {
    it(`by ${type} in its stream is treated like the status, but as possibly billed`, () => {
      const failure = inStream(type);
      assert.equal(failure?.kind, kind);
      assert.equal(failure.billed, 'possibly');
      if (failure.kind === 'busy') {
        assert.equal(failure.slowsFleet, slowsFleet);
        assert.equal(failure.retryAfterMs, null, 'headers of a stream that began are about something else');
      }
    });
  }

  it('quotes at most one line of the provider, and copes with an empty message', () => {
    assert.ok((failed(400, 'x'.repeat(5_000))?.message.length ?? 0) < 400);
    const none = Anthropic.APIError.generate(502, undefined, undefined, new Headers());
    assert.equal(classifyFailure(none)?.message, 'The model answered 502: no reason given');
  });

  it('names the root cause of a broken connection, and counts as possibly billed if unknown', () => {
    const cause = new WireError('before-sent', 'connect ECONNREFUSED');
    assert.deepEqual(classifyFailure(new Anthropic.APIConnectionError({ cause })), {
      kind: 'connection',
      message: 'The model could not be reached: connect ECONNREFUSED',
      billed: 'no',
      retryAfterMs: null,
    });
    assert.equal(classifyFailure(new Anthropic.APIConnectionTimeoutError())?.billed, 'possibly');
    assert.equal(classifyFailure(new WireError('answer', 'it broke'))?.billed, 'possibly');
  });

  it('does not include bugs of Leadwright', () => {
    assert.equal(classifyFailure(new TypeError('x is not a function')), null);
    assert.equal(classifyFailure('text'), null);
  });
});

describe('the retry delay from a provider', () => {
  const NOW = Date.parse('2026-11-23T21:00:00Z');
  const waits: readonly (readonly [Record<string, string>, number | null])[] = [
    [{}, null],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Mon, 23 Nov 2026 21:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 20:00:00 GMT' }, null],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': '0' }, null],
    [{ 'retry-after': '0.0001' }, 1],
    [{ 'retry-after-ms': '0', 'retry-after': '0' }, null],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after-ms': '', 'retry-after': '20' }, 20_000],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9_000],
  ];
  for (const [headers, ms] of waits) {
    it(`${JSON.stringify(headers)} is ${ms ?? 'no'} ms`, () =>
      assert.equal(retryAfter(new Headers(headers), NOW), ms));
  }
});
