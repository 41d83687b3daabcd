import assert from 'node:assert/strict';
import { explainUnavailable } from '../../src/cli/session/explain-unavailable.js';
import { EnvironmentError, UsageError } from '../../src/contract/errors.js';

describe('an error of a database or a Temporal server that does not answer', () => {
  for (const reason of [
    'Connection terminated due to connection timeout',
    'Failed to connect before the deadline',
    'Transaction API error: Unable to start a transaction in the given time.',
  ]) {
    it(`says so, and what to do: ${reason}`, async () => {
      const explained = await explainUnavailable(new Error(reason));
      assert.ok(explained instanceof EnvironmentError);
      assert.equal(
        explained.message,
        `The database or Temporal does not answer: ${reason.replace(/\.$/, '')}.`,
      );
      assert.match(explained.fix, /leadwright down --now.*leadwright up.*open runs continue/);
    });
  }

  it('is left as it is when it has another cause, or says what to do', async () => {
    for (const error of [
      new Error('a bug'),
      new UsageError('Connection terminated'),
      new EnvironmentError('The stack is shutting down.', 'Try again.', {
        cause: new Error('Connection terminated'),
      }),
    ]) {
      assert.equal(await explainUnavailable(error), error);
    }
  });
});

describe('an error of a Temporal server that refuses a request', () => {
  it('names the search attributes that a namespace lacks, and how to register them', async () => {
    const details = 'Namespace shop has no mapping defined for search attribute LeadwrightRun';
    const cause = Object.assign(new Error(`3 INVALID_ARGUMENT: ${details}`), { code: 3, details });
    const explained = await explainUnavailable(new Error('Failed to start Workflow', { cause }));
    assert.ok(explained instanceof EnvironmentError, String(explained));
    assert.equal(explained.message, `Temporal refuses Leadwright's workflows: ${details}.`);
    assert.match(explained.fix, /temporal-config\/search-attributes\.sh/);
  });

  it('names the namespace that does not exist, and its variable', async () => {
    const explained = await explainUnavailable(new Error("Namespace not found: 'shop'"));
    assert.ok(explained instanceof EnvironmentError, String(explained));
    assert.equal(explained.message, "Temporal has no such namespace: Namespace not found: 'shop'.");
    assert.match(explained.fix, /TEMPORAL_NAMESPACE/);
  });

  it('has the reason of any other refusal', async () => {
    const details = 'Request unauthorized.';
    const cause = Object.assign(new Error(`7 PERMISSION_DENIED: ${details}`), { code: 7, details });
    const explained = await explainUnavailable(new Error('Failed to list workflows', { cause }));
    assert.ok(explained instanceof EnvironmentError, String(explained));
    assert.equal(explained.message, 'Failed to list workflows: Request unauthorized.');
  });
});
