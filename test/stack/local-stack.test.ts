import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import type { Environment } from '../../src/shared/config.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import {
  letStackEnd,
  stopStack,
  withRunningStack,
  type Servers,
  type StackHold,
} from '../../src/local-stack/hold-stack.js';
import { connectHost } from '../../src/local-stack/host/host-connection.js';
import { isListening } from '../../src/local-stack/host/is-listening.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { statFields } from '../../src/shared/process/process-stat.js';
import { eventually } from '../support/eventually.js';
import { allPids } from '../support/process-table.js';
import { killAndAwait, pidOf, testHome, type TestHome } from '../support/stack-home.js';
import { temporalCli } from '../support/temporal-cli.js';

async function query(hold: StackHold, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: hold.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function namespaces(hold: StackHold): Promise<readonly (string | null | undefined)[]> {
  const connection = await Connection.connect(hold.temporal.connectionOptions);
  try {
    const { namespaces: found } = await connection.workflowService.listNamespaces({});
    return found.map((entry) => entry.namespaceInfo?.name);
  } finally {
    await connection.close();
  }
}

describe('the embedded stack', function () {
  this.timeout(60_000);
  let home: TestHome;
  before(async () => {
    home = testHome(await temporalCli());
  });
  after(() => home.remove());

  it('starts once for any number of concurrent commands, and leaves no process', async () => {
    const holds = await Promise.all([home.hold(), home.hold(), home.hold('scripted')]);
    const [first] = holds;
    assert.ok(holds.every((hold) => hold.databaseUrl === first.databaseUrl));
    assert.deepEqual(await query(first, 'SELECT current_database() AS name'), [{ name: 'leadwright' }]);
    assert.ok((await namespaces(first)).includes('default'));
    assert.equal(await (await fetch(first.notifierUrl)).text(), 'notifier');
    await query(first, 'CREATE TABLE kept AS SELECT 1 AS one');
    const stack = await describeStack(home.home);
    assert.equal(stack.state, 'running');
    assert.deepEqual(stack.services.map(({ name }) => name).sort(), [
      'notifier',
      'postgres',
      'temporal',
      'worker',
    ]);
    await Promise.all(holds.map((hold) => hold.release({ wait: true })));
    assert.deepEqual(home.processes(), []);
    assert.deepEqual(await describeStack(home.home), { state: 'stopped' });
    assert.ok(!existsSync(join(home.home, 'stack.json')) && !existsSync(join(home.home, 'run', 'host.sock')));
  });

  it('tells a command of its servers before the reply to its hold, whether it starts them or finds them', async () => {
    const holds: StackHold[] = [];
    for (const which of ['starts', 'finds']) {
      const told: Servers[] = [];
      const hold = await home.hold('scripted', {}, (servers) => told.push(servers));
      assert.deepEqual(
        told.map(({ databaseUrl, temporal }) => [databaseUrl, temporal.address]),
        [[hold.databaseUrl, hold.temporal.address]],
        which,
      );
      assert.deepEqual(told[0]?.temporal.connectionOptions, hold.temporal.connectionOptions);
      // Kept, so that the second command finds the stack of the first.
      holds.push(hold);
    }
    await Promise.all(holds.map((each) => each.release({ wait: true })));
  });

  it('keeps data and addresses, and no secret, over restarts', async () => {
    const first = await home.hold();
    await first.release({ wait: true });
    // A new stack is requested while the previous one is still ending.
    const leaving = await home.hold();
    const gone = leaving.release({ wait: true });
    const again = await home.hold();
    await gone;
    assert.equal(again.temporal.address, first.temporal.address);
    assert.equal(again.temporal.uiUrl, first.temporal.uiUrl);
    assert.equal(again.notifierUrl, first.notifierUrl);
    const hostOf = (url: string) => new URL(url).searchParams.get('host');
    assert.equal(hostOf(again.databaseUrl), hostOf(first.databaseUrl));
    assert.deepEqual(await query(again, 'SELECT one FROM kept'), [{ one: 1 }]);
    const { password } = new URL(again.databaseUrl);
    assert.ok(!readFileSync(join(home.home, 'stack.json'), 'utf8').includes(password));
    await again.release({ wait: true });
  });

  it('is awaited by who stops it while it is ending', async () => {
    const hold = await home.hold('scripted');
    const released = hold.release({ wait: true });
    await eventually(async () => !(await isListening(stackPaths(home.home).sockets.host)), 'it is ending');
    assert.notDeepEqual(home.processes(), []);
    assert.deepEqual(await Promise.all([letStackEnd(home.home), stopStack(home.home)]), ['ended', true]);
    assert.deepEqual(home.processes(), []);
    await released;
    assert.equal(await letStackEnd(home.home), 'none');
  });

  it('restarts a process that was killed', async () => {
    const hold = await home.hold('scripted');
    for (const name of ['postgres', 'temporal', 'notifier', 'worker'] as const) {
      await killAndAwait(home.home, name);
    }
    await eventually(
      () =>
        query(hold, 'SELECT one FROM kept').then(
          () => true,
          () => false,
        ),
      'PostgreSQL answers',
    );
    assert.ok((await namespaces(hold)).includes('default'));
    await eventually(
      () =>
        fetch(hold.notifierUrl).then(
          () => true,
          () => false,
        ),
      'the notifier answers',
    );
    await hold.release({ wait: true });
    assert.deepEqual(home.processes(), []);
  });

  it('reports the new address of a restarted notifier whose port was taken', async () => {
    const hold = await home.hold();
    const port = Number(new URL(hold.notifierUrl).port);
    const killed = await pidOf(home.home, 'notifier');
    const taker = createServer();
    process.kill(killed, 'SIGKILL');
    await eventually(
      () =>
        new Promise<boolean>((resolve) => {
          taker.once('error', () => resolve(false));
          taker.listen(port, '127.0.0.1', () => resolve(true));
        }),
      'the port is taken',
    );
    const address = async () => {
      const stack = await describeStack(home.home);
      return stack.state === 'running' ? stack.notifierUrl : null;
    };
    await eventually(async () => (await address()) !== hold.notifierUrl, 'another address');
    const url = await address();
    assert.ok(url !== null);
    assert.equal(await (await fetch(url)).text(), 'notifier');
    const later = await home.hold();
    assert.equal(later.notifierUrl, url);
    taker.close();
    await Promise.all([hold, later].map((each) => each.release({ wait: true })));
  });

  it('is repaired by the next command when its host was killed', async () => {
    const hold = await home.hold('scripted');
    const stack = await describeStack(home.home);
    assert.equal(stack.state, 'running');
    process.kill(stack.hostPid, 'SIGKILL');
    await hold.lost;
    const again = await home.hold('scripted');
    assert.deepEqual(await query(again, 'SELECT one FROM kept'), [{ one: 1 }]);
    assert.equal(again.temporal.address, hold.temporal.address);
    await again.release({ wait: true });
    assert.deepEqual(home.processes(), []);
  });

  describe('when PostgreSQL is suspended with all its processes', () => {
    /** All processes of the server work in its data folder. */
    const serverProcesses = (): number[] =>
      allPids().filter((pid) => {
        try {
          return readlinkSync(`/proc/${pid}/cwd`) === stackPaths(home.home).postgres;
        } catch {
          return false;
        }
      });
    const suspendPostgres = () => {
      const all = serverProcesses();
      assert.ok(all.length > 3, 'it has processes of its own');
      for (const pid of all) process.kill(pid, 'SIGSTOP');
    };

    it('ends whole', async () => {
      const hold = await home.hold();
      suspendPostgres();
      await stopStack(home.home);
      await hold.lost;
      assert.deepEqual([...home.processes(), ...serverProcesses()], []);
    });

    it('is repaired by the next command after its host was killed', async () => {
      const hold = await home.hold();
      suspendPostgres();
      const stack = await describeStack(home.home);
      assert.equal(stack.state, 'running');
      process.kill(stack.hostPid, 'SIGKILL');
      await hold.lost;
      const again = await home.hold();
      assert.deepEqual(await query(again, 'SELECT one FROM kept'), [{ one: 1 }]);
      await again.release({ wait: true });
      assert.deepEqual([...home.processes(), ...serverProcesses()], []);
    });
  });

  it('is named with what to do when its host is suspended, and goes on afterwards', async () => {
    const hold = await home.hold();
    const stack = await describeStack(home.home);
    assert.equal(stack.state, 'running');
    const pid = stack.hostPid;
    process.kill(pid, 'SIGSTOP');
    try {
      await assert.rejects(connectHost(stackPaths(home.home), 200), (error) => {
        assert.ok(error instanceof EnvironmentError, String(error));
        assert.ok(error.message.includes(`its host (process ${pid}) is suspended, or hangs`), error.message);
        assert.ok(error.fix.includes(`kill -CONT ${pid}`) && error.fix.includes(`kill -9 ${pid}`), error.fix);
        return true;
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const again = await home.hold();
    await Promise.all([hold, again].map((each) => each.release({ wait: true })));
    assert.deepEqual(home.processes(), []);
  });

  it('is named when its host hangs after it has taken a command, which waits no longer', async () => {
    const hold = await home.hold();
    const stack = await describeStack(home.home);
    assert.equal(stack.state, 'running');
    const { hostPid } = stack;
    const host = (await connectHost(stackPaths(home.home), 200)) ?? assert.fail();
    const isSaid = {
      name: 'SilentHostError',
      message: new RegExp(`process ${hostPid}\\) is suspended, or hangs`),
    };
    process.kill(hostPid, 'SIGSTOP');
    try {
      await eventually(() => statFields(hostPid)?.[0] === 'T', 'it is suspended');
      host.send({ type: 'linger', ms: 0 });
      await assert.rejects(host.whileItAnswers(host.next()), isSaid);
      assert.equal(await host.next(), undefined);
    } finally {
      process.kill(hostPid, 'SIGCONT');
    }
    await hold.release({ wait: true });
    assert.deepEqual(home.processes(), []);
  });

  it('is awaited as long as its host answers, also while the host has nothing to say', async () => {
    const hold = await home.hold();
    const host = (await connectHost(stackPaths(home.home), 200)) ?? assert.fail();
    const said = host.next();
    const limits = new Promise((resolve) => setTimeout(resolve, 1_000));
    await host.whileItAnswers(Promise.race([said, limits]));
    host.send({ type: 'linger', ms: 0 });
    assert.deepEqual(await said, { type: 'released', ending: false, standing: false });
    host.socket.destroy();
    await hold.release({ wait: true });
  });

  it('leaves no process behind when its host was killed and no command follows', async function () {
    if (process.platform !== 'linux') this.skip();
    const hold = await home.hold('scripted');
    const stack = await describeStack(home.home);
    assert.equal(stack.state, 'running');
    process.kill(stack.hostPid, 'SIGKILL');
    await hold.lost;
    await eventually(() => home.processes().length === 0, 'every process is gone');
  });

  it('stays up while a run is open, and then ends on its own', async () => {
    writeFileSync(join(home.home, 'open-work'), '');
    const hold = await home.hold('scripted');
    await hold.release({ wait: true });
    assert.equal((await describeStack(home.home)).state, 'running');
    rmSync(join(home.home, 'open-work'));
    await eventually(() => home.processes().length === 0, 'every process is gone');
  });

  it('waits for a database that is away while a run is open, and logs why it ends', async () => {
    const file = (name: string) => join(home.home, name);
    const polls = () => statSync(file('polls')).size;
    const after = async (more: number) => {
      const until = polls() + more;
      await eventually(() => polls() >= until, `${more} more polls`);
    };
    writeFileSync(file('open-work'), '');
    const hold = await home.hold('scripted', { TEST_POLL_MS: '20' });
    await hold.release({ wait: true });
    await after(1);
    // The log of the earlier stacks is not about this one.
    const log = () =>
      readFileSync(file('logs/host.log'), 'utf8')
        .split(/(?=\S+ starting PostgreSQL)/)
        .at(-1) ?? '';
    writeFileSync(file('no-database'), '');
    await after(60);
    assert.equal((await describeStack(home.home)).state, 'running');
    rmSync(file('no-database'));
    await after(2);
    rmSync(file('open-work'));
    await eventually(() => home.processes().length === 0, 'every process is gone');
    assert.equal(log().match(/cannot check whether runs are open/g)?.length, 1);
    assert.match(log(), /ending: no command holds it, and no run is open that could continue\n/);
  });

  it('carries out a dashboard’s request as long as a suitable worker is running', async () => {
    const open = () => writeFileSync(join(home.home, 'open-work'), '');
    const dashboard = await home.hold();
    await assert.rejects(
      withRunningStack(home.home, false, () => assert.fail('no worker runs')),
      (error) => {
        assert.ok(error instanceof EnvironmentError);
        assert.match(`${error.message} ${error.fix}`, /No worker runs.*leadwright up/);
        return true;
      },
    );
    // A scripted run needs no key, so a worker without one is started.
    await withRunningStack(home.home, true, async () => {
      await dashboard.release({ wait: false });
      open();
    });
    assert.equal(readFileSync(join(home.home, 'worker-key'), 'utf8'), '');
    await assert.rejects(
      withRunningStack(home.home, false, () => assert.fail('it has no model')),
      /has no model to call/,
    );
    const stack = await describeStack(home.home);
    assert.ok(stack.state === 'running' && stack.services.some(({ name }) => name === 'worker'));
    rmSync(join(home.home, 'open-work'));
    await eventually(() => home.processes().length === 0, 'every process is gone');
    await assert.rejects(
      withRunningStack(home.home, true, () => assert.fail('there is no stack')),
      /shutting down/,
    );
  });

  it('gives a worker the model settings of the command that started it, and refuses others', async () => {
    const mine = { ANTHROPIC_API_KEY: 'key-one' };
    const others = { ANTHROPIC_API_KEY: 'key-two' };
    const key = () => readFileSync(join(home.home, 'worker-key'), 'utf8');
    // A worker without a key is replaced by one with a key, as long as no run is open.
    const keyless = await home.hold('scripted');
    assert.equal(key(), '');
    const hold = await home.hold('model', mine);
    assert.equal(key(), 'key-one');
    await assert.rejects(
      home.hold('model', others),
      (error) =>
        error instanceof EnvironmentError && /other model settings/.test(error.message) && error.fix !== '',
    );
    const same = await home.hold('model', mine);
    const scripted = await home.hold('scripted', others);
    assert.equal(key(), 'key-one');
    await assert.rejects(
      home.hold('none', { DATABASE_URL: 'postgresql://127.0.0.1:1/x' }),
      /another DATABASE_URL/,
    );
    const processes = home.processes().map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8'));
    assert.equal(processes.filter((environ) => environ.includes('key-one')).length, 1);
    // A restart of the database neither refuses commands nor stops a worker.
    writeFileSync(join(home.home, 'no-database'), '');
    const meanwhile = await home.hold('model', mine);
    await assert.rejects(home.hold('model', others), /other model settings/);
    rmSync(join(home.home, 'no-database'));
    for (const each of [keyless, hold, same, meanwhile]) await each.release({ wait: false });
    await scripted.release({ wait: true });
    assert.deepEqual(home.processes(), []);
  });
});

describe('a stack whose runtime folder is removed while it runs', function () {
  this.timeout(120_000);
  let home: TestHome;
  let runtime: string;
  before(async () => {
    runtime = mkdtempSync(join(tmpdir(), 'leadwright-runtime-'));
    home = testHome(await temporalCli(), 'deep/'.repeat(30));
  });
  after(async () => {
    await home.remove();
    rmSync(runtime, { recursive: true, force: true });
  });

  it('ends with the reason, and is started again', async () => {
    const env = { XDG_RUNTIME_DIR: runtime };
    const hold = await home.hold('scripted', env);
    await query(hold, 'CREATE TABLE kept AS SELECT 1 AS one');
    rmSync(join(runtime, 'leadwright'), { recursive: true });
    const lost = await hold.lost;
    assert.ok(lost instanceof EnvironmentError, String(lost));
    assert.match(lost.message, /sockets, .*, was removed/);
    const again = await home.hold('scripted', env);
    assert.deepEqual(await query(again, 'SELECT one FROM kept'), [{ one: 1 }]);
    await again.release({ wait: true });
    assert.deepEqual(home.processes(), []);
  });
});

describe('a first start that is interrupted', function () {
  this.timeout(60_000);
  let home: TestHome;
  before(async () => {
    home = testHome(await temporalCli());
  });
  after(() => home.remove());

  /** A Temporal CLI whose server runs `first` instead while the file `died` is missing. */
  function dyingServer(first: string): Environment {
    const path = join(home.home, 'temporal-cli');
    const script = `#!/bin/sh\nif [ "$1" = server ] && [ ! -e '${home.home}/died' ]; then ${first}; exit 1; fi\n`;
    writeFileSync(path, `${script}exec '${home.env['TEMPORAL_CLI_PATH'] ?? ''}' "$@"\n`, { mode: 0o755 });
    return { TEMPORAL_CLI_PATH: path };
  }

  it('prints the last output of a server that fails at every start', async () => {
    const env = dyingServer('echo "Error: no room on the disk" >&2; echo it starts');
    await assert.rejects(home.hold('none', env), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /Temporal server does not stay up.*exit code 1.*no room on the disk/);
      return true;
    });
    await eventually(() => home.processes().length === 0, 'every process is gone');
  });

  it('says how to go on without the database of a server whose file is damaged', async () => {
    const env = dyingServer('echo "Error: database disk image is malformed (11)" >&2');
    await assert.rejects(home.hold('none', env), (error) => {
      assert.ok(error instanceof EnvironmentError);
      const folder = join(home.home, 'temporal');
      assert.ok(
        error.fix.endsWith(`mv ${folder} ${folder}.damaged && leadwright doctor --repair`),
        error.fix,
      );
      return true;
    });
    await eventually(() => home.processes().length === 0, 'every process is gone');
  });

  it('starts anew instead of using the half-written file that it left', async () => {
    const file = join(home.home, 'temporal', 'temporal.db');
    const env = dyingServer(`printf half > '${file}'; touch '${home.home}/died'`);
    const hold = await home.hold('none', env);
    assert.ok((await namespaces(hold)).includes('default'));
    await hold.release({ wait: true });
    assert.equal(readFileSync(`${file}.unfinished`, 'utf8'), 'half');
    // The data of a successful start is kept.
    const inode = statSync(file).ino;
    const again = await home.hold();
    await again.release({ wait: true });
    assert.equal(statSync(file).ino, inode);
  });
});

describe('PostgreSQL’s data with a wrong owner or mode', function () {
  this.timeout(60_000);
  let home: TestHome;
  let data: string;
  before(async () => {
    home = testHome(await temporalCli());
    data = join(home.home, 'postgres');
    const hold = await home.hold();
    await query(hold, 'CREATE TABLE kept AS SELECT 1 AS one');
    await hold.release({ wait: true });
  });
  after(() => home.remove());

  it('is given back by the next start after `chown -R 0`, and nothing behind a link (root only)', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const outside = ['symbolic', 'hard'].map((name) => join(home.home, name));
    for (const file of outside) writeFileSync(file, 'of root');
    const [symbolic = '', hard = ''] = outside;
    symlinkSync(symbolic, join(data, 'symbolic'));
    linkSync(hard, join(data, 'hard'));
    assert.equal(spawnSync('chown', ['-R', '0', home.home]).status, 0);
    const hold = await home.hold();
    assert.deepEqual(await query(hold, 'SELECT one FROM kept'), [{ one: 1 }]);
    await hold.release({ wait: true });
    for (const file of outside) assert.equal(statSync(file).uid, 0, file);
  });

  it('is named in PostgreSQL’s own words, with all of them', async () => {
    chmodSync(data, 0o755);
    const wanted = /data directory .* has invalid permissions.*Permissions should be u=rwx/s;
    await assert.rejects(home.hold(), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, wanted);
      return true;
    });
    assert.match(
      readFileSync(stackPaths(home.home).log('postgres'), 'utf8'),
      wanted,
      'the log that it names',
    );
  });
});

describe('a stack that cannot start', function () {
  this.timeout(30_000);
  let home: TestHome;
  beforeEach(() => {
    home = testHome('');
  });
  afterEach(() => home.remove());

  const cases: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    [
      'a database that does not answer',
      { DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/db', TEMPORAL_ADDRESS: '127.0.0.1:1' },
      /127\.0\.0\.1:1\/db cannot be used|does not answer/,
    ],
    [
      'no such address',
      { DATABASE_URL: 'mysql://x', TEMPORAL_ADDRESS: '127.0.0.1:1' },
      /DATABASE_URL is not/,
    ],
    ['no Temporal server', { PATH: '' }, /No Temporal server was found: .*the download failed/],
    ['a wrong TEMPORAL_CLI_PATH', { TEMPORAL_CLI_PATH: '/nowhere/temporal' }, /TEMPORAL_CLI_PATH names/],
  ];
  it('refuses a home that a newer PostgreSQL wrote', async () => {
    writeFileSync(join(home.home, 'layout'), '1\n');
    mkdirSync(join(home.home, 'postgres'));
    writeFileSync(join(home.home, 'postgres', 'PG_VERSION'), '99\n');
    await assert.rejects(home.hold('none', { TEMPORAL_ADDRESS: '127.0.0.1:1' }), /written by PostgreSQL 99/);
  });

  it('refuses a home that a newer Temporal server wrote', async () => {
    mkdirSync(join(home.home, 'temporal'));
    writeFileSync(join(home.home, 'temporal', 'VERSION'), '99.0.0\n');
    const env = { TEMPORAL_CLI_PATH: await temporalCli() };
    await assert.rejects(home.hold('none', env), /written by Temporal server 99\.0\.0/);
  });

  for (const [file, fix] of [
    ['token', /^Delete it: the next start creates a new one/],
    ['payload-key', /^Put it back from a backup/],
  ] as const) {
    it(`says so before it starts anything when the file ${file} is empty`, async () => {
      writeFileSync(join(home.home, file), '', { mode: 0o600 });
      const env = { TEMPORAL_CLI_PATH: await temporalCli() };
      await assert.rejects(home.hold('none', env), { message: new RegExp(`/${file} does not hold`), fix });
      assert.ok(!existsSync(join(home.home, 'postgres')));
    });
  }

  for (const [name, env, message] of cases) {
    it(`says why and how to fix it: ${name}`, async () => {
      await assert.rejects(home.hold('none', env), (error) => {
        assert.ok(error instanceof EnvironmentError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        assert.notEqual(error.fix, '');
        return true;
      });
      await eventually(() => home.processes().length === 0, 'every process is gone');
    });
  }
});
