import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { LastingSession, type OpenSession } from '../../src/cli/session/lasting-session.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { deferred } from '../../src/shared/async/deferred.js';

/** A named session whose stack the test can lose. */
function session(name: string) {
  const lost = deferred<Error>();
  return { name, hold: { lost: lost.promise }, lose: () => lost.resolve(new Error('the stack is gone')) };
}
type Named = ReturnType<typeof session>;

/** Opens a session when the test resolves `ready`, and records closed sessions. */
function opener() {
  const ready = deferred<Named>();
  const closed: string[] = [];
  const open: OpenSession<Named> = async (use) => {
    const opened = await ready.promise;
    await use(opened);
    closed.push(opened.name);
  };
  return { open, ready, closed };
}

describe('LastingSession', () => {
  it('opens another session when its stack is lost', async () => {
    const first = session('first');
    const { open, ready, closed } = opener();
    const lasting = new LastingSession(first, open);
    assert.equal((await lasting.current()).name, 'first');
    first.lose();
    await setImmediate();
    ready.resolve(session('second'));
    assert.equal((await lasting.current()).name, 'second');
    await lasting.release();
    assert.deepEqual(closed, ['second']);
  });

  it('can be released while another session is being opened', async () => {
    const first = session('first');
    const { open, ready, closed } = opener();
    const lasting = new LastingSession(first, open);
    first.lose();
    await setImmediate();
    const released = lasting.release();
    await setImmediate();
    ready.resolve(session('second'));
    await released;
    assert.deepEqual(closed, ['second']);
  });

  it('opens a session again after a transient error', async () => {
    const first = session('first');
    let tries = 0;
    const lasting = new LastingSession(first, async (use) => {
      tries += 1;
      if (tries === 1) throw new Error('out of file descriptors');
      await use(session('second'));
    });
    first.lose();
    await setImmediate();
    await lasting.current().catch(() => undefined);
    assert.equal((await lasting.current()).name, 'second');
    await lasting.release();
  });

  it('fails with an error that a person must fix', async () => {
    const first = session('first');
    const lasting = new LastingSession(first, () =>
      Promise.reject(new EnvironmentError('The stack does not start', 'Read its log.')),
    );
    first.lose();
    await setImmediate();
    await assert.rejects(lasting.current(), EnvironmentError);
    await assert.rejects(
      lasting.read(() => Promise.resolve(1)),
      EnvironmentError,
    );
    await lasting.release();
  });

  it('hides errors of a database that is unavailable or was closed with its stack', async () => {
    const first = session('first');
    const { open, ready } = opener();
    const lasting = new LastingSession(first, open);
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    assert.equal(await lasting.read(() => Promise.reject(away)), null);
    const ours = new TypeError('a mistake of ours');
    await assert.rejects(
      lasting.read(() => Promise.reject(ours)),
      ours,
    );
    const asked = lasting.read(async () => {
      first.lose();
      await setImmediate();
      throw new Error('Cannot use a pool after calling end on the pool');
    });
    assert.equal(await asked, null);
    ready.resolve(session('second'));
    assert.equal(await lasting.read(({ name }) => Promise.resolve(name)), 'second');
    await lasting.release();
  });
});
