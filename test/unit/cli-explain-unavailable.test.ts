import assert from 'node:assert/strict';
import { explainUnavailable } from '../../src/cli/session/explain-unavailable.js';
import type { Environment } from '../../src/shared/config.js';
import { EnvironmentError, UsageError } from '../../src/contract/errors.js';

describe('an error of a database or a Temporal server that does not answer', () => {
  for (const reason of [
    'Connection terminated due to connection timeout',
    'Failed to connect before the deadline',
    'Transaction API error: Unable to start a transaction in the given time.',
  ]) {
    it(`says so, and what to do: ${reason}`, async () => {
      const explained = await explainUnavailable(new Error(reason), {});
      assert.ok(explained instanceof EnvironmentError);
      assert.equal(
        explained.message,
        `The database or Temporal does not answer: ${reason.replace(/\.$/, '')}.`,
      );
      assert.match(explained.fix, /leadwright down --now.*leadwright up.*open runs continue/);
    });
  }

  it('names the services of the user, which `down` and `up` do not start anew', async () => {
    const own = { DATABASE_URL: 'postgresql://db/x', TEMPORAL_ADDRESS: 'temporal:7233' };
    const fixFor = async (env: Environment): Promise<string> => {
      const explained = await explainUnavailable(new Error('Failed to connect before the deadline'), env);
      return explained instanceof EnvironmentError ? explained.fix : assert.fail();
    };
    const both = await fixFor(own);
    assert.match(both, /PostgreSQL \(DATABASE_URL\) and your Temporal \(TEMPORAL_ADDRESS\)/);
    assert.doesNotMatch(both, /leadwright (?:down|up)/);
    const one = await fixFor({ DATABASE_URL: own.DATABASE_URL });
    assert.match(one, /Check that your PostgreSQL \(DATABASE_URL\) can.*leadwright down --now/);
  });

  it('is a refused login when the PostgreSQL of the user has another password now', async () => {
    const refused = Object.assign(new Error('Invalid `prisma.run.findUnique()` invocation'), {
      code: 'P1000',
    });
    const explained = await explainUnavailable(refused, { DATABASE_URL: 'postgresql://db/x' });
    assert.ok(explained instanceof EnvironmentError, String(explained));
    assert.equal(explained.message, 'PostgreSQL refuses the user or the password of DATABASE_URL.');
    assert.match(explained.fix, /^Set DATABASE_URL/);
  });

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
