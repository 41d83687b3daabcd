import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Launcher } from '../../src/launcher/launcher.js';
import {
  LostProcessError,
  startGroupHere,
  type Channel,
  type Group,
} from '../../src/shared/process/group.js';
import { privateTemporaryFolder } from '../../src/shared/files/private-folder.js';
import { isAlive } from '../../src/shared/process/process-stat.js';
import { eventually } from '../support/eventually.js';

const PIPES: readonly Channel[] = ['input', 'output', 'output'];

/** What a process prints, as far as it is read. */
async function textOf(group: Group, descriptor = 1): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of group.output(descriptor)) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a process', () => {
  const launcher = new Launcher(() => undefined);
  after(() => launcher.close());
  const starters = [
    { name: 'this process', start: startGroupHere },
    { name: 'a launcher', start: launcher.start.bind(launcher) },
  ];
  for (const { name, start } of starters) {
    const shell = (script: string, channels = PIPES, more = {}) => {
      const env = { PATH: process.env['PATH'] };
      return start({ command: '/bin/sh', args: ['-c', script], env, channels, ...more });
    };

    describe(`that is started by ${name}`, () => {
      it('reads its input, prints to both outputs and has an exit code', async () => {
        const group = shell('cat; echo problem >&2; exit 3');
        group.input(0).write('a');
        group.input(0).end('b');
        const [printed, errors] = await Promise.all([textOf(group), textOf(group, 2)]);
        assert.deepEqual([printed, errors], ['ab', 'problem\n']);
        assert.deepEqual(await group.closed, { code: 3, signal: null, isLate: false });
      });

      it('has the environment, folder and account that it is given, and no other open files', async () => {
        const uid = process.getuid?.() ?? 0;
        const account = uid === 0 ? { uid: 65_534, gid: 65_534 } : {};
        const links = 'for n in /proc/self/fd/*; do to=$(readlink $n)';
        const open = `${links}; case "$to" in pipe:*|socket:*|/dev/null|/proc/*|"") ;; *) echo $to;; esac; done`;
        const group = shell(`echo $ONE; pwd; /usr/bin/id -u; ${open}`, ['ignore', 'output'], {
          env: { ONE: '1', PATH: process.env['PATH'] },
          cwd: '/usr',
          ...account,
          sealed: true,
        });
        const expected = ['1', '/usr', String(uid === 0 ? 65_534 : uid)];
        assert.deepEqual((await textOf(group)).trim().split('\n'), expected);
      });

      it('waits while nobody reads, and holds up no other', async () => {
        const slow = shell('head -c 20000000 /dev/zero; echo done >&2');
        const other = shell('head -c 20000000 /dev/zero | wc -c');
        assert.equal((await textOf(other)).trim(), '20000000');
        let said = '';
        slow.output(2).on('data', (chunk: Buffer) => (said += chunk.toString()));
        await slow.started;
        assert.equal(said, '', 'it has written what nobody has read');
        assert.equal((await textOf(slow)).length, 20_000_000);
        await slow.closed;
        assert.equal(said, 'done\n');
      });

      it('writes no faster than the process reads', async () => {
        const group = shell('sleep 0.2; wc -c', ['input', 'output']);
        for (let written = 0; written < 100; written += 1) {
          if (!group.input(0).write(Buffer.alloc(100_000))) await once(group.input(0), 'drain');
        }
        group.input(0).end();
        assert.equal((await textOf(group)).trim(), '10000000');
      });

      it('is killed with its group', async () => {
        const group = shell('sleep 1000 & echo $!; wait');
        const [line] = (await once(group.output(1), 'data')) as [Buffer];
        group.kill();
        assert.deepEqual(await group.exited, { code: null, signal: 'SIGKILL', isLate: false });
        await eventually(() => !isAlive(Number(line.toString())), 'its child ends');
      });

      it('is killed with its group at its time limit, and not before', async () => {
        const timely = shell('exit 3', PIPES, { timeLimitMs: 60_000 });
        assert.deepEqual(await timely.exited, { code: 3, signal: null, isLate: false });
        const group = shell('sleep 1000 & echo $!; wait', PIPES, { timeLimitMs: 500 });
        const [line] = (await once(group.output(1), 'data')) as [Buffer];
        assert.deepEqual(await group.exited, { code: null, signal: 'SIGKILL', isLate: true });
        await eventually(() => !isAlive(Number(line.toString())), 'its child ends');
      });

      it('may be killed before it has started', async () => {
        const group = shell('sleep 1000');
        group.kill();
        assert.equal((await group.closed).signal, 'SIGKILL');
      });

      it('fails when there is no such program', async () => {
        const group = start({ command: 'no-such-program', args: [], env: {}, channels: PIPES });
        await assert.rejects(group.started, { code: 'ENOENT' });
        await assert.rejects(group.closed, { code: 'ENOENT' });
      });

      it('has a lifeline until it is released', async () => {
        const group = shell('read -r _ <&3; echo released', ['ignore', 'output', 'ignore', 'lifeline']);
        await group.started;
        const printed = textOf(group);
        const early = await Promise.race([
          printed,
          new Promise((resolve) => setTimeout(resolve, 100, 'waits')),
        ]);
        assert.equal(early, 'waits');
        group.kill();
        await group.exited;
        group.release();
      });

      it('breaks its input when it does not read it', async () => {
        const group = shell('exit 0', ['input', 'output']);
        group.input(0).end(Buffer.alloc(10_000_000));
        assert.equal((await group.closed).code, 0);
      });
    });
  }
});

describe('a process without free file descriptors', () => {
  it('fails to start another, and does not end by that', async () => {
    const module = new URL('../../src/shared/process/child-process.ts', import.meta.url).href;
    const script = `import { openSync } from 'node:fs';
      import { runProcess } from ${JSON.stringify(module)};
      try { for (;;) openSync('/dev/null', 'r'); } catch {}
      const run = { command: 'true', args: [], env: process.env, timeLimitMs: 10_000, fix: '' };
      const end = await runProcess(run).catch(({ code }) => code);
      console.log(end);`;
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)('/bin/sh', [
      '-c',
      'ulimit -n 200; exec "$@"',
      'sh',
      ...node,
    ]);
    assert.equal(stdout, 'EMFILE\n');
  });
});

describe('a launcher', () => {
  const env = { PATH: process.env['PATH'] };
  const sleeper = { command: 'sleep', args: ['1000'], env, channels: PIPES };

  it('is replaced when it dies; what ran has an unknown end, and is gone', async () => {
    const deaths: string[] = [];
    const launcher = new Launcher((message) => deaths.push(message));
    const groups = [launcher.start(sleeper), launcher.start(sleeper)];
    const pids = await Promise.all(groups.map(({ started }) => started));
    process.kill(launcher.pid ?? 0, 'SIGKILL');
    for (const group of groups) {
      await assert.rejects(group.exited, LostProcessError);
      await assert.rejects(group.closed, LostProcessError);
      await assert.rejects(textOf(group), LostProcessError);
    }
    await eventually(() => !pids.some(isAlive), 'its processes end');
    assert.equal(deaths.length, 1);
    const next = launcher.start({ ...sleeper, command: 'echo', args: ['again'] });
    assert.equal(await textOf(next), 'again\n');
    await launcher.close();
  });

  it('is replaced when it stays suspended; what ran has an unknown end, and is gone', async () => {
    const launcher = new Launcher(() => undefined, undefined, 50);
    const group = launcher.start(sleeper);
    const pid = await group.started;
    process.kill(launcher.pid ?? 0, 'SIGSTOP');
    await assert.rejects(group.exited, LostProcessError);
    await eventually(() => !isAlive(pid), 'its process ends');
    const next = launcher.start({ ...sleeper, command: 'echo', args: ['again'] });
    assert.equal(await textOf(next), 'again\n');
    await launcher.close();
  });

  it('is closed while it is suspended', async () => {
    const launcher = new Launcher(() => undefined);
    const pids = [await launcher.start(sleeper).started, launcher.pid ?? 0];
    process.kill(launcher.pid ?? 0, 'SIGSTOP');
    await launcher.close();
    await eventually(() => !pids.some(isAlive), 'it and its process end');
  });

  /** Starts a process that starts a launcher and, with it, a command. Returns the ids of these two as well. */
  const startWorker = async (command: object) => {
    const module = new URL('../../src/launcher/launcher.ts', import.meta.url).href;
    const script = `import { Launcher } from ${JSON.stringify(module)};
      const launcher = new Launcher(() => undefined);
      const group = launcher.start(${JSON.stringify({ ...sleeper, ...command })});
      // As other work does in a worker, it keeps the process alive.
      setInterval(() => undefined, 1000);
      console.log(launcher.pid, await group.started);`;
    const worker = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(worker.stdout, 'data')) as [Buffer];
    const [launcher = 0, started = 0] = line.toString().split(' ').map(Number);
    return { worker, launcher, started };
  };

  it('keeps a time limit while its worker is suspended', async () => {
    const { worker, started } = await startWorker({ timeLimitMs: 3_000 });
    worker.kill('SIGSTOP');
    assert.equal(isAlive(started), true);
    await eventually(() => !isAlive(started), 'the command ends');
    worker.kill('SIGKILL');
  });

  it('ends with its worker, even by SIGKILL, and ends what it started', async () => {
    const { worker, launcher, started } = await startWorker({
      command: '/bin/sh',
      args: ['-c', 'sleep 1000 & wait'],
    });
    const pids = [launcher, started];
    assert.deepEqual(pids.map(isAlive), [true, true]);
    worker.kill('SIGKILL');
    await eventually(() => !pids.some(isAlive), 'launcher and process end');
    await eventually(
      () => !socketFolders().some((name) => name.includes(`.${worker.pid}.`)),
      'its folder is removed',
    );
  });

  it('listens where no other account can enter', async () => {
    const launcher = new Launcher(() => undefined);
    await launcher.start({ ...sleeper, command: 'true', args: [] }).started;
    const own = socketFolders().filter((name) => name.includes(`.${process.pid}.`));
    assert.equal(own.length, 1);
    assert.equal(statSync(join(privateTemporaryFolder(), own[0] ?? '')).mode & 0o777, 0o700);
    await launcher.close();
    assert.deepEqual(
      socketFolders().filter((name) => name.includes(`.${process.pid}.`)),
      [],
    );
  });

  it('starts a thousand processes that are wanted at once', async () => {
    const launcher = new Launcher(() => undefined);
    const groups = Array.from({ length: 1_000 }, () =>
      launcher.start({ ...sleeper, command: 'true', args: [], channels: PIPES }),
    );
    const ends = await Promise.all(groups.map(({ exited }) => exited));
    assert.equal(ends.filter(({ code }) => code === 0).length, 1_000);
    for (const group of groups) group.release();
    await launcher.close();
  }).timeout(120_000);

  describe('that is out of file descriptors', () => {
    const lifeline: readonly Channel[] = ['ignore', 'output', 'ignore', 'lifeline'];
    /** Leaves a launcher so many descriptors that are not open; the limit is on their numbers. */
    const leave = ({ pid = 0 }: Launcher, free: number) => {
      const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
      let limit = 0;
      for (let left = free; left > 0 || open.has(limit); limit++) if (!open.has(limit)) left--;
      execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
    };

    before(function () {
      // util-linux has prlimit; without it, and without /proc, the limit of a running process cannot be changed.
      if (spawnSync('prlimit', ['--version']).status !== 0 || !existsSync('/proc/self/fd')) this.skip();
    });

    for (const { needs, free, error } of [
      { needs: 'accept a connection', free: 0, error: LostProcessError },
      { needs: 'start the process', free: 2, error: { code: 'EMFILE' } },
    ]) {
      it(`fails a command for which it cannot ${needs}, and keeps what runs`, async () => {
        const deaths: string[] = [];
        const launcher = new Launcher((message) => deaths.push(message));
        const running = launcher.start({ ...sleeper, channels: lifeline });
        const pid = await running.started;
        leave(launcher, free);
        const next = launcher.start({ ...sleeper, command: 'echo', args: ['again'], channels: lifeline });
        await assert.rejects(next.started, error);
        await assert.rejects(next.closed, error);
        assert.deepEqual([deaths, isAlive(pid)], [[], true]);
        leave(launcher, 20);
        const later = launcher.start({ ...sleeper, command: 'echo', args: ['again'], channels: lifeline });
        assert.equal(await textOf(later), 'again\n');
        running.kill();
        await running.exited;
        await launcher.close();
      });
    }

    it('settles all of many commands that are wanted at once', async () => {
      const deaths: string[] = [];
      const launcher = new Launcher((message) => deaths.push(message));
      await launcher.start({ ...sleeper, command: 'true', args: [] }).exited;
      leave(launcher, 20);
      const groups = Array.from({ length: 100 }, () => launcher.start({ ...sleeper, channels: lifeline }));
      await Promise.allSettled(groups.map(({ started }) => started));
      for (const group of groups) group.kill();
      leave(launcher, 20);
      const later = launcher.start({ ...sleeper, command: 'echo', args: ['again'], channels: lifeline });
      assert.equal(await textOf(later), 'again\n');
      assert.deepEqual(deaths, []);
      await launcher.close();
    });
  });

  it('is replaced when its socket was removed', async () => {
    const launcher = new Launcher(() => undefined);
    const start = () => launcher.start({ ...sleeper, command: 'true', args: [] });
    await start().started;
    const [folder = ''] = socketFolders().filter((name) => name.includes(`.${process.pid}.`));
    rmSync(join(privateTemporaryFolder(), folder), { recursive: true });
    await assert.rejects(start().started, LostProcessError);
    await eventually(
      () =>
        start().started.then(
          () => true,
          () => false,
        ),
      'another one starts processes',
    );
    await launcher.close();
  });

  it('keeps its process alive until it has reported the end of a command, unless that is told not to', async () => {
    const module = new URL('../../src/launcher/launcher.ts', import.meta.url).href;
    const closesItsOutput = ['-c', 'exec >&-; sleep 1; exit 3'];
    const script = (keepsAlive: boolean) => `import { Launcher } from ${JSON.stringify(module)};
      const launcher = new Launcher(() => undefined);
      const group = launcher.start(${JSON.stringify({ ...sleeper, command: '/bin/sh', args: closesItsOutput })});
      if (!${keepsAlive}) group.started.then(() => group.setKeepsAlive(false));
      group.exited.then(({ code }) => console.log(code));`;
    const printed = async (keepsAlive: boolean) => {
      const args = ['--import', 'tsx', '--input-type=module', '-e', script(keepsAlive)];
      return (await promisify(execFile)(process.execPath, args)).stdout;
    };
    assert.deepEqual(await Promise.all([true, false].map(printed)), ['3\n', '']);
  });

  it('is closed as the last thing that its process does', async () => {
    const module = new URL('../../src/launcher/launcher.ts', import.meta.url).href;
    const script = `import { Launcher } from ${JSON.stringify(module)};
      const launcher = new Launcher(() => undefined);
      launcher.open();
      await launcher.close();
      console.log('closed');`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--import', 'tsx', '--input-type=module', '-e', script],
    ]);
    assert.equal(stdout, 'closed\n');
  });

  it('starts nothing once it is closed', async () => {
    const launcher = new Launcher(() => undefined);
    launcher.open();
    await launcher.close();
    await assert.rejects(launcher.start(sleeper).started, LostProcessError);
  });
});

function socketFolders(): string[] {
  return readdirSync(privateTemporaryFolder()).filter((name) => name.startsWith('launcher-'));
}
