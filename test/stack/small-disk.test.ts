import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { explainFullDisk } from '../../src/cli/session/full-disk.js';
import { EnvironmentError, UsageError } from '../../src/contract/errors.js';
import { holdStack, stopStack } from '../../src/local-stack/hold-stack.js';
import { claimLayout } from '../../src/local-stack/home-layout.js';
import { decideShortage, explainDiskError, explainWithDisk } from '../../src/local-stack/home-space.js';
import { createPostgresService } from '../../src/local-stack/postgres/postgres-service.js';
import { errorText } from '../../src/local-stack/process/run-tool.js';
import { Service } from '../../src/local-stack/process/service.js';
import { writePorts } from '../../src/local-stack/stack-file.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { makeSocketFolder } from '../../src/shared/network/sockets.js';
import { startCommand } from '../support/cli.js';
import { doctorReport } from '../support/doctor.js';
import { startTestModel } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';
import { useSmallDisk } from '../support/small-disk.js';
import { testHost } from '../support/stack-home.js';
import { temporalCli } from '../support/temporal-cli.js';

const GIB = 1024 ** 3;

describe('a home on a full disk (root only)', function () {
  this.timeout(120_000);
  // PostgreSQL's data takes about 40 MB.
  const disk = useSmallDisk('size=20m');

  it('is reported by the doctor', async () => {
    disk().fill();
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LEADWRIGHT_HOME: disk().path };
    const ran = await startCommand(['doctor', '--json'], env).done;
    assert.equal(ran.code, 3, ran.stderr);
    const home = doctorReport(ran).findings.find(({ what }) => what === 'home');
    assert.equal(home?.state, 'missing');
    assert.match(home.said, /has only 0 MiB and \d+ files left/);
    assert.match(home.fix ?? '', /leadwright clean/);
  });

  it('is named, with what to do, when a stack is started in it', async () => {
    disk().fill();
    const { path: home } = disk();
    await assert.rejects(
      holdStack({ home, env: { LEADWRIGHT_HOME: home }, needs: { worker: 'none' }, host: testHost }),
      { message: /cannot be written: ENOSPC.*has only 0 MiB/, fix: /^Free space there/ },
    );
  });

  it('is named when its host cannot write a file, and no other error is changed', async () => {
    disk().fill();
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const explained = await explainDiskError(disk().path, full);
    assert.ok(explained instanceof EnvironmentError, String(explained));
    assert.match(explained.message, /^ENOSPC: .*; the disk of LEADWRIGHT_HOME \(.*has only 0 MiB.* left\.$/);
    assert.match(explained.fix, /^Free space there/);
    for (const other of [new Error('a bug'), new EnvironmentError('No key.', 'Set it.')])
      assert.equal(await explainDiskError(disk().path, other), other);
  });

  it('keeps no half-written file', async () => {
    disk().fill();
    const { ports } = stackPaths(disk().path);
    await assert.rejects(writePorts(ports, { notifier: 4800 }), /ENOSPC/);
    assert.deepEqual(readdirSync(disk().path), ['filler']);
    disk().empty();
    await writePorts(ports, { notifier: 4800 });
    assert.deepEqual(readdirSync(disk().path), ['ports.json']);
  });

  it('is named when a service does not start, at once', async () => {
    disk().fill();
    let launches = 0;
    const log = stackPaths(disk().path).log('temporal');
    const service = new Service<never>(
      {
        ...{ name: 'temporal', log, readyWithinMs: 1_000, stopSignal: 'SIGTERM', stopGraceMs: 0 },
        launch: () => {
          launches += 1;
          return Promise.reject(new Error('it ended with exit code 2'));
        },
        ready: () => assert.fail('it was not launched'),
      },
      { changed: () => undefined, gaveUp: () => undefined, log: () => undefined },
    );
    await assert.rejects(service.start(), (error) => {
      assert.ok(error instanceof EnvironmentError, String(error));
      assert.match(error.message, /^The Temporal server does not stay up: .*has only 0 MiB/);
      assert.match(error.fix, /leadwright clean/);
      return true;
    });
    assert.equal(launches, 1, 'another try would fail in the same way');
  });

  it('is named when PostgreSQL cannot create its data', async () => {
    const paths = stackPaths(disk().path);
    await makeSocketFolder(disk().path);
    const creating = createPostgresService({
      paths,
      env: process.env,
      endWithHost: (command) => command,
      signal: new AbortController().signal,
      throwAway: true,
    });
    await assert.rejects(creating, (error) => {
      assert.ok(error instanceof EnvironmentError, String(error));
      assert.match(error.message, /could not create its data folder .*No space left on device/);
      // initdb removes what it wrote: what is left is the size of the disk.
      assert.match(error.message, /the disk of LEADWRIGHT_HOME .* has only \d+ MiB/);
      assert.match(error.fix, /^Free space there/);
      return true;
    });
  });
});

describe('a command that fails on a full disk (root only)', function () {
  this.timeout(60_000);
  const disk = useSmallDisk('size=1m');

  it('names the disk and what to do', async () => {
    disk().fill();
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LEADWRIGHT_HOME: disk().path };
    const ran = await startCommand(['worker'], env).done;
    assert.equal(ran.code, 3, ran.stderr);
    assert.match(ran.stderr, /ENOSPC.*the disk of LEADWRIGHT_HOME \(.*has only 0 MiB/);
    assert.match(ran.stderr, /Free space there/);
  });

  it('names the disk where Temporal says nothing, and keeps an error that has a fix', async () => {
    disk().fill();
    const { path } = disk();
    const explained = await explainFullDisk(new Error('Failed to start Workflow'), path);
    assert.ok(explained instanceof EnvironmentError, String(explained));
    assert.match(
      explained.message,
      /^Failed to start Workflow; the disk of LEADWRIGHT_HOME \(.*has only 0 MiB/,
    );
    assert.match(explained.fix, /^Free space there/);
    const cause = Object.assign(new Error('Failed to describe workflow'), { code: 14 });
    const gaveUp = new EnvironmentError('Temporal did not recover.', 'Run `leadwright doctor`.', { cause });
    const unavailable = await explainFullDisk(gaveUp, path);
    assert.ok(unavailable instanceof EnvironmentError, String(unavailable));
    assert.match(unavailable.message, /^Temporal did not recover; the disk of LEADWRIGHT_HOME/);
    for (const error of [new UsageError('no such run'), new EnvironmentError('no key', 'Set it.')])
      assert.equal(await explainFullDisk(error, path), error);
  });
});

describe('a command that changes a run on a full disk (root only)', function () {
  this.timeout(120_000);
  // A stack that has just started takes about 50 MB; with less than 64 MiB left, nothing can be relied on.
  const disk = useSmallDisk('size=110m');
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it('says so before it waits for what the disk keeps from happening', async () => {
    const model = await startTestModel();
    const env = {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], LEADWRIGHT_HOME: disk().path },
      ...{ TEMPORAL_CLI_PATH: await temporalCli(), ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'k' },
    };
    try {
      model.answers('Asks', [{ tools: [{ name: 'ask_human', input: { question: 'Which?' } }] }]);
      const { options } = makeProject(scratch.path, 'asks', [{ id: 'a', title: 'Asks' }]);
      const ran = await startCommand(['run', ...options, '--id', 'asks', '--linger', '0s'], env).done;
      assert.equal(ran.code, 1, ran.stderr);
      const cancelled = await startCommand(['cancel', 'asks'], env).done;
      assert.equal(cancelled.code, 0, cancelled.stderr);
      assert.match(cancelled.stderr, /^warning: the disk of LEADWRIGHT_HOME .* has only .*Free space there/m);
    } finally {
      await stopStack(disk().path);
      await model.close();
    }
  });
});

describe('a home on a read-only disk (root only)', () => {
  const disk = useSmallDisk('size=1m');

  it('is named, with what to do, when a stack is started in it', async () => {
    const { path: home } = disk();
    const paths = stackPaths(home);
    await claimLayout(paths);
    mkdirSync(paths.logs);
    disk().makeReadOnly();
    await assert.rejects(
      holdStack({ home, env: { LEADWRIGHT_HOME: home }, needs: { worker: 'none' }, host: testHost }),
      (error) => {
        assert.ok(error instanceof EnvironmentError, String(error));
        assert.match(error.message, /LEADWRIGHT_HOME \(.*cannot be written: EROFS/);
        assert.match(
          error.fix,
          /^The disk is read-only .* set LEADWRIGHT_HOME to a folder that you can write/,
        );
        return true;
      },
    );
  });

  it('is reported by the doctor, and not taken for a full one', async () => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LEADWRIGHT_HOME: disk().path };
    disk().makeReadOnly();
    const home = doctorReport(await startCommand(['doctor', '--json'], env).done).findings.find(
      ({ what }) => what === 'home',
    );
    assert.equal(home?.state, 'missing');
    assert.match(home.said, /cannot be written: EROFS/);
    assert.match(home.fix ?? '', /^The disk is read-only/);
  });

  it('is what a service that does not start says, even on a disk with little space', async () => {
    const { message, fix } = await explainWithDisk(disk().path, {
      message: 'PostgreSQL does not stay up: EROFS: read-only file system, unlink /h/postgres/postmaster.pid',
      fix: 'Read the log.',
    });
    assert.doesNotMatch(message, /has only/);
    assert.match(fix, /^The disk is read-only/);
  });

  it('is not taken for a machine without a sandbox', async () => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LEADWRIGHT_HOME: disk().path };
    disk().makeReadOnly();
    const ran = await startCommand(['doctor', '--json'], env).done;
    const sandbox = doctorReport(ran).findings.find(({ what }) => what === 'sandbox');
    assert.equal(sandbox?.state, 'missing');
    assert.match(sandbox.said, /could not be tried: no scratch folder in .*EROFS/);
  });
});

describe('the space that a home has', () => {
  it('is enough, short, or too little to go on', () => {
    const stops = (bytes: number, files: number | null) => decideShortage('/h', { bytes, files })?.stops;
    assert.equal(stops(2 * GIB, 1_000_000), undefined);
    assert.equal(stops(2 * GIB, null), undefined);
    assert.equal(stops(GIB / 2, 1_000_000), false);
    assert.equal(stops(2 * GIB, 5_000), false);
    assert.equal(stops(GIB / 32, 1_000_000), true);
    assert.equal(stops(2 * GIB, 10), true);
  });
});

describe('the advice for a full disk', () => {
  it('begins with what works without PostgreSQL', () => {
    const { fix } = decideShortage('/h', { bytes: 0, files: null }) ?? assert.fail();
    const [first = -1, ...later] = ['cache/setup', 'outputs', 'logs/*.old', 'leadwright clean'].map((what) =>
      fix.indexOf(what),
    );
    assert.ok(first > 0 && later.every((at, index) => at > (later[index - 1] ?? first)), fix);
  });
});

describe('what a tool says of its failure', () => {
  it('is not its last line, about its clean-up', () => {
    const output = `creating configuration files ... ok
running bootstrap script ... FATAL:  could not write to file "base/1/1": No space left on device
child process exited with exit code 1
initdb: removing data directory "/h/postgres.new"`;
    assert.match(errorText(output), /No space left on device$/);
    assert.equal(
      errorText('FATAL:  wrong owner\nHINT:  Change it.\n'),
      'FATAL:  wrong owner HINT:  Change it.',
    );
  });

  it('is all of it when no line is marked as an error', () => {
    const output = `"root" execution of the PostgreSQL server is not permitted.
The server must be started under an unprivileged user ID to prevent
possible system security compromise.\n`;
    assert.equal(errorText(output), output.trim().replaceAll('\n', ' '));
    assert.match(errorText(`${'long '.repeat(1_000)}\nthe end`), /^… .{1,1000} the end$/);
  });
});
