import assert from 'node:assert/strict';
import pg from 'pg';
import { retryWhileUnavailable } from '../../src/cli/steadily.js';
import { EnvironmentError, UsageError } from '../../src/contract/errors.js';

function database(code: string): Error {
  const error = new pg.DatabaseError('terminating connection due to unexpected postmaster exit', 5, 'error');
  error.code = code;
  return error;
}

const coded = (code: string | number): Error => Object.assign(new Error('x'), { code });

/** Fails with it the first time. */
async function done(error: Error): Promise<number> {
  let times = 0;
  return retryWhileUnavailable(() => {
    times += 1;
    return times === 1 ? Promise.reject(error) : Promise.resolve(times);
  });
}

describe('what a command does when the database or Temporal goes away', () => {
  const away: Record<string, Error> = {
    'a server that is killed': database('57P02'),
    'a server that starts': database('57P03'),
    'the password of a host that was replaced': database('28P01'),
    'a port where nobody listens': coded('ECONNREFUSED'),
    'a server that does not answer': new Error('Query read timeout'),
    'a connection that breaks': new Error('Connection terminated unexpectedly'),
    'a connection that breaks under Prisma': new Error('Database error. Code: `57P01`. Message: `…`'),
    'Temporal that is not there': new Error('Failed to start', { cause: coded(14) }),
  };
  for (const [name, error] of Object.entries(away)) {
    it(`goes on after ${name}`, async () => assert.equal(await done(error), 2));
  }

  const said: Record<string, Error> = {
    'a bad request of ours': database('42601'),
    'a conflict': database('23505'),
    'a workflow that is not there': coded(5),
    'bad usage': new UsageError('Connection terminated'),
    'an environment that is not ready': new EnvironmentError('x', 'y', { cause: coded('ECONNREFUSED') }),
  };
  for (const [name, error] of Object.entries(said)) {
    it(`says at once: ${name}`, () => assert.rejects(done(error), error));
  }

  it('says so, and what to do, when they stay away', () =>
    assert.rejects(
      retryWhileUnavailable(() => Promise.reject(coded('ECONNREFUSED')), 0),
      (error) => error instanceof EnvironmentError && error.fix.includes('leadwright doctor'),
    ));
});
