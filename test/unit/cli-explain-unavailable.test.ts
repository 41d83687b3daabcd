import assert from 'node:assert/strict';
import { explainUnavailable } from '../../src/cli/explain-unavailable.js';
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
