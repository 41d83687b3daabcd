import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { EnvironmentError } from '../../src/contract/errors.js';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { holdDatabase, letStackEnd, stopStack, type DatabaseHold } from '../../src/local-stack/hold-stack.js';
import { connectHost } from '../../src/local-stack/host/host-connection.js';
import { encodeMessage } from '../../src/local-stack/host/host-protocol.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { testHome, testHost, type TestHome } from '../support/stack-home.js';
import { temporalCli } from '../support/temporal-cli.js';

async function query(hold: DatabaseHold, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: hold.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a home with a long path', function () {
  this.timeout(60_000);
  let home: TestHome;
  let copy: string;
  let short: string;
  let runtime: string;
  const holdOf = (folder: string) =>
    holdDatabase({
      home: folder,
      env: { ...home.env, LEADWRIGHT_HOME: folder, XDG_RUNTIME_DIR: runtime },
      host: testHost,
    });
  const holding = async <T>(folder: string, use: (hold: DatabaseHold) => Promise<T>): Promise<T> => {
    const hold = await holdOf(folder);
    try {
      return await use(hold);
    } finally {
      await hold.release({ wait: true });
    }
  };
  beforeEach(async () => {
    runtime = mkdtempSync(join(tmpdir(), 'leadwright-runtime-'));
    home = testHome(await temporalCli(), 'deep/'.repeat(30));
    // The folder of the test's home is in the temporary one.
    copy = join(dirname(home.home), 'copy');
    short = join(home.home, ...Array.from({ length: 30 }, () => '..'), 'short');
    await holding(home.home, (hold) => query(hold, 'CREATE TABLE runs AS SELECT 1 AS run'));
  });
  afterEach(async () => {
    for (const folder of [copy, short]) await stopStack(folder);
    await home.remove();
    rmSync(runtime, { recursive: true });
  });

  it('is restored from a copy, whose commands leave the original alone', async () => {
    // As documented. For root, PostgreSQL's files belong to another account.
    execFileSync('cp', ['-a', home.home, copy]);
    const original = await holdOf(home.home);
    assert.deepEqual(await describeStack(copy), { state: 'stopped' });
    assert.equal(await letStackEnd(copy), 'none');
    await holding(copy, async (hold) => {
      assert.deepEqual(await query(hold, 'DELETE FROM runs RETURNING run'), [{ run: 1 }]);
      assert.deepEqual(await query(original, 'SELECT run FROM runs'), [{ run: 1 }]);
    });
    assert.equal((await describeStack(home.home)).state, 'running');
    await original.release({ wait: true });
    await holding(copy, async (hold) => assert.deepEqual(await query(hold, 'SELECT run FROM runs'), []));
  });

  it('can be moved to a short path', async () => {
    renameSync(home.home, short);
    await holding(short, async (hold) =>
      assert.deepEqual(await query(hold, 'SELECT run FROM runs'), [{ run: 1 }]),
    );
    assert.ok(lstatSync(join(short, 'run')).isDirectory());
    mkdirSync(home.home);
  });

  it('has a host that serves no command of another home', async () => {
    const hold = await holdOf(home.home);
    const { sockets } = stackPaths(home.home);
    mkdirSync(copy);
    await assert.rejects(connectHost({ home: copy, sockets }), (error) => {
      assert.ok(error instanceof EnvironmentError, String(error));
      assert.ok(error.message.includes(`${realpathSync(home.home)}, not of ${copy}`), error.message);
      return true;
    });
    // Nor one that does not say whose it is.
    const socket = connect(sockets.host);
    socket.write(encodeMessage({ type: 'stop' }));
    await once(socket, 'close');
    assert.deepEqual(await query(hold, 'SELECT run FROM runs'), [{ run: 1 }]);
    await hold.release({ wait: true });
    rmSync(copy, { recursive: true });
  });
});
