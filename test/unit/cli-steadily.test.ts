import assert from 'node:assert/strict';
import pg from 'pg';
import { retryWhileUnavailable } from '../../src/cli/session/retry-while-unavailable.js';
import { EnvironmentError, UsageError } from '../../src/contract/errors.js';

function database(code: string): Error {
  const error = new pg.DatabaseError('terminating connection due to unexpected postmaster exit', 5, 'error');
  error.code = code;
  return error;
}

const coded = (code: string | number): Error => Object.assign(new Error('x'), { code });

/** Fails with `error` the first time; returns the number of tries. */
async function retryAfter(error: Error): Promise<number> {
  let times = 0;
  return retryWhileUnavailable(() => {
    times += 1;
    return times === 1 ? Promise.reject(error) : Promise.resolve(times);
  });
}

describe('retryWhileUnavailable', () => {
  const transient: Record<string, Error> = {
    'a killed server': database('57P02'),
    'a starting server': database('57P03'),
    'the password of a host that was replaced': database('28P01'),
    'a refused connection': coded('ECONNREFUSED'),
    'a server that does not answer': new Error('Query read timeout'),
    'a connection that breaks': new Error('Connection terminated unexpectedly'),
    'a connection that breaks under Prisma': new Error('Database error. Code: `57P01`. Message: `…`'),
    'an unavailable Temporal server': new Error('Failed to start', { cause: coded(14) }),
  };
  for (const [name, error] of Object.entries(transient)) {
    it(`retries after ${name}`, async () => assert.equal(await retryAfter(error), 2));
  }

  const permanent: Record<string, Error> = {
    'an invalid statement': database('42601'),
    'a conflict': database('23505'),
    'a missing workflow': coded(5),
    'bad usage': new UsageError('Connection terminated'),
    'an environment that is not ready': new EnvironmentError('x', 'y', { cause: coded('ECONNREFUSED') }),
  };
  for (const [name, error] of Object.entries(permanent)) {
    it(`fails at once after ${name}`, () => assert.rejects(retryAfter(error), error));
  }

  it('fails with a fix when the database stays unavailable', () =>
    assert.rejects(
      retryWhileUnavailable(() => Promise.reject(coded('ECONNREFUSED')), 0),
      (error) => error instanceof EnvironmentError && error.fix.includes('leadwright doctor'),
    ));
});
