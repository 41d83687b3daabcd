import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/contract/errors.js';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { holdDatabase, letStackEnd, stopStack } from '../../src/local-stack/hold-stack.js';
import { forgeLock, holdElsewhere, setAge } from '../support/elsewhere.js';
import { eventually } from '../support/eventually.js';
import { testHome, testHost, type TestHome } from '../support/stack-home.js';
import { temporalCli } from '../support/temporal-cli.js';

/** Each file of a folder, with its content and the time of its last change. */
function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const stats = statSync(path);
      // A contender's own lock comes and goes.
      if (stats.isDirectory()) return name;
      return `${name} ${stats.mtimeMs} ${readFileSync(path, 'latin1')}`;
    });
}

function refusedIn(home: string, machine: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EnvironmentError, String(error));
    assert.equal(error.message, `LEADWRIGHT_HOME ${home} is in use on ${machine}.`);
    assert.match(error.fix, /Run the command there, or set LEADWRIGHT_HOME to a folder of this machine\./);
    return true;
  };
}

describe('a home that another machine uses', function () {
  this.timeout(60_000);
  let home: TestHome;
  const holdRecord = () => holdDatabase({ home: home.home, env: home.env, host: testHost });
  beforeEach(async () => {
    home = testHome(await temporalCli());
  });
  afterEach(() => home.remove());

  it('is left alone by every command', async () => {
    const { home: folder } = home;
    writeFileSync(join(folder, 'layout'), '1\n');
    // As seen from here, no process has this pid.
    mkdirSync(join(folder, 'postgres'));
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), '4194303\n');
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs', 'host.log'), 'of the other machine\n');
    forgeLock(folder, 'build-7', 25_000);
    const before = snapshot(folder);
    const refused = refusedIn(folder, 'build-7');
    await assert.rejects(home.hold('scripted'), refused);
    await assert.rejects(holdRecord(), refused);
    await assert.rejects(letStackEnd(folder), refused);
    await assert.rejects(stopStack(folder), refused);
    assert.deepEqual(await describeStack(folder), { state: 'elsewhere', hostname: 'build-7' });
    assert.deepEqual(home.processes(), []);
    assert.deepEqual(snapshot(folder), before);
    rmSync(join(folder, 'locks'), { recursive: true });
  });

  it('can be used once the lock there was not touched for half a minute', async () => {
    const lock = forgeLock(home.home, 'build-7', 35_000);
    const hold = await holdRecord();
    assert.ok(!readdirSync(join(home.home, 'locks')).some((name) => lock.endsWith(name)));
    await hold.release({ wait: true });
    assert.deepEqual(readdirSync(join(home.home, 'locks')), []);
  });

  it('can be used after the clock was set back, unless the other machine still touches its lock', async () => {
    const before = -2 * 3_600_000;
    forgeLock(home.home, 'build-7', before);
    const hold = await holdRecord();
    await hold.release({ wait: true });
    assert.deepEqual(readdirSync(join(home.home, 'locks')), []);
    const lock = forgeLock(home.home, 'build-7', before);
    const touching = setInterval(() => setAge(lock, 0), 1_000);
    await assert.rejects(holdRecord(), refusedIn(home.home, 'build-7'));
    clearInterval(touching);
    rmSync(join(home.home, 'locks'), { recursive: true });
  });

  it('is not served twice: a container that shares it keeps its database to itself', async function () {
    const container = await holdElsewhere(home);
    if (container === null) return this.skip();
    try {
      const pidFile = join(home.home, 'postgres', 'postmaster.pid');
      const pid = readFileSync(pidFile, 'utf8');
      await assert.rejects(holdRecord(), refusedIn(home.home, hostname()));
      assert.equal(readFileSync(pidFile, 'utf8'), pid);
      const gone = once(container, 'exit');
      container.kill('SIGKILL');
      await gone;
      const locks = join(home.home, 'locks');
      for (const lock of readdirSync(locks)) setAge(join(locks, lock), 35_000);
      const hold = await holdRecord();
      assert.notEqual(readFileSync(pidFile, 'utf8'), pid);
      await hold.release({ wait: true });
    } finally {
      container.kill('SIGKILL');
    }
  });

  it('loses its database at once when another machine has taken its lock meanwhile', async () => {
    const hold = await home.hold('scripted');
    const locks = join(home.home, 'locks');
    for (const lock of readdirSync(locks)) rmSync(join(locks, lock));
    forgeLock(home.home, 'build-7', 0);
    const state = readFileSync(join(home.home, 'stack.json'), 'utf8');
    const lost = await hold.lost;
    assert.ok(lost instanceof EnvironmentError, String(lost));
    assert.match(lost.message, /was taken over by another machine/);
    await eventually(() => home.processes().length === 0, 'every process is gone');
    // Killed: an orderly shutdown would write a checkpoint into files of another server, and remove its pid file.
    assert.ok(readdirSync(join(home.home, 'postgres')).includes('postmaster.pid'));
    assert.equal(readFileSync(join(home.home, 'stack.json'), 'utf8'), state);
    rmSync(locks, { recursive: true });
  });
});
