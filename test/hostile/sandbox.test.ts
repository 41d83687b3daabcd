import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { findCgroupParents } from '../../src/sandbox/limits/cgroup.js';
import { isAlive } from '../../src/shared/process/process-stat.js';
import {
  FORGE_EXIT_CODE,
  MEMORY_KINDS,
  OPEN_MEMORY,
  TAKE_MEMORY,
  USE_UP_COUNTERS,
} from './sandbox-attacks.js';
import { startListeners } from './sandbox-listeners.js';
import { CREDENTIALS, mountsOfMachine, needsBubblewrap, SECRET, USERS, useStage } from './sandbox-stage.js';
import { allPids, commandLine } from '../support/process-table.js';

/** The system's Python, which every user can run. */
const PYTHON = '/usr/bin/python3';

for (const { name, uid } of USERS) {
  describe(`a hostile command, run by ${name}, cannot`, () => {
    needsBubblewrap();
    const stage = useStage(uid);
    /** A whole command has a memory limit only if a control group can be created. */
    const hasGroups = uid === 0 && findCgroupParents() !== null;

    describe('use up the machine', () => {
      it('with a fork bomb', async () => {
        const before = allPids().length;
        let most = 0;
        const sampling = setInterval(() => (most = Math.max(most, allPids().length)), 20);
        // With exec, because the shell cannot start another process once the limit is reached.
        const { ended } = await stage().run('f() { f | f & }; f; exec sleep 1000', { timeoutMs: 1500 });
        clearInterval(sampling);
        assert.equal(ended, 'timeout');
        // The limit is a hundred; 400 leaves room for unrelated processes.
        assert.ok(most < before + 400, `there were ${most - before} processes more`);
      });

      it('with memory', async () => {
        const { passed, ended } = await stage().run('tail /dev/zero');
        assert.equal(passed, false);
        if (hasGroups) assert.equal(ended, 'memory');
      });

      it('with memory of a child and an exit code of 0', async () => {
        const { passed, ended, gaps } = await stage().run('tail /dev/zero & wait; exit 0');
        if (hasGroups) assert.deepEqual([passed, ended], [false, 'memory']);
        // The child was stopped, too. That its verdict can still pass is reported as a gap.
        else assert.match(gaps.join(), /memory is measured several times a second/);
      });

      for (const kind of MEMORY_KINDS) {
        it(`with ${kind} memory of all its processes together`, async function () {
          if (!existsSync(PYTHON)) this.skip();
          const { passed, ended, output } = await stage().run(`${PYTHON} take.py '${kind}'`, {
            files: { 'take.py': TAKE_MEMORY },
          });
          // A kind that nobody can measure is refused.
          if (!/^refused (?:22|38)$/m.test(output))
            assert.deepEqual([passed, ended], [false, 'memory'], output);
        });
      }

      it('with what the kernel counts for each user', async function () {
        if (!existsSync(PYTHON)) this.skip();
        const mark = `${stage().token}-took`;
        const files = { 'take.py': USE_UP_COUNTERS };
        stage().send(`exec ${PYTHON} take.py 1000000 ${mark} 1000`, { files });
        const holders = (found: readonly number[]): number[] =>
          found.filter((pid) => commandLine(pid).startsWith(mark));
        await stage().untilLeft((found) => holders(found).length > 0);
        const user = { uid, gid: uid, encoding: 'utf8' } as const;
        const own = execFileSync(PYTHON, ['-c', USE_UP_COUNTERS, '2'], user);
        assert.equal(own, "{'inotify': 2, 'queues': 2, 'signals': 2}\n");
        for (const pid of holders(stage().left())) process.kill(pid);
        const { output } = await stage().reply();
        assert.match(output, /'inotify': [1-9]/);
      });

      for (const place of ['.', '$HOME', '$TMPDIR', '/tmp', '/dev/shm']) {
        it(`with bytes in ${place}`, async () => {
          const fill = `cat /dev/zero >${place}/big; stat -c %s ${place}/big; exit 1`;
          const { ended, output } = await stage().run(fill);
          assert.equal(ended, 'disk');
          assert.ok(Number(/^\d+$/m.exec(output)?.[0]) <= 32 * 2 ** 20, output);
        });
      }

      it('with empty files', async () => {
        const fill = 'i=0; while echo >f$i; do i=$((i+1)); done; echo $i files; exit 1';
        const { ended, output } = await stage().run(fill);
        assert.equal(ended, 'disk');
        assert.ok(Number(/(\d+) files/.exec(output)?.[1]) < 2000, output);
      });

      it('with output', async () => {
        const { ended, output } = await stage().run('yes');
        assert.equal(ended, 'output');
        assert.ok(output.length < 5 * 2 ** 20);
      });

      it('with open files', async () => {
        const limits = { openFiles: 64 };
        const open = 'i=3; while eval "exec $i</dev/null"; do i=$((i+1)); done';
        const { output } = await stage().run(`bash -c '${open}'`, { limits });
        assert.match(output, /Too many open files/);
      });

      it('with processor time', async function () {
        if (!hasGroups) this.skip();
        // Two processes of half a second each, which a limit per process does not stop.
        const spin = 'timeout 1000 sh -c "while :; do :; done" &';
        const { ended } = await stage().run(`${spin} ${spin} wait`, {
          limits: { processors: 0.05 },
          timeoutMs: 20_000,
        });
        assert.equal(ended, 'processor');
      });
    });

    describe('outlive its end', () => {
      it('by ignoring signals', async () => {
        const { ended } = await stage().run("trap '' TERM INT HUP; sleep 1000; sleep 1000", {
          timeoutMs: 300,
        });
        assert.equal(ended, 'timeout');
      });

      it('as a daemon', async () => {
        const daemon = `setsid sh -c '(setsid sh -c "sleep 1000; : ${stage().token}" &) &'`;
        const { passed } = await stage().run(`${daemon} sleep 0.1; exec >&- 2>&-; exit 0`);
        assert.equal(passed, true);
      });

      it('when the worker is killed', async () => {
        const mounts = mountsOfMachine();
        stage().send(`: ${stage().token}; setsid sh -c 'sleep 1000; : ${stage().token}' & sleep 1000`);
        await stage().untilLeft((found) => stage().hasDaemon(found));
        const gone = once(stage().worker, 'exit');
        stage().worker.kill('SIGKILL');
        await gone;
        await stage().untilLeft((found) => found.length === 0);
        assert.deepEqual(mountsOfMachine(), mounts);
        stage().restart();
        await stage().run('true');
        const parents = hasGroups ? findCgroupParents() : null;
        if (parents === null) return;
        const left = readdirSync(parents.memory).filter((group) => group.includes(`.${stage().worker.pid}.`));
        assert.deepEqual(left, []);
      });

      it('when the launcher is killed, which gives no verdict', async () => {
        const mounts = mountsOfMachine();
        stage().send(`setsid sh -c 'sleep 1000; : ${stage().token}' & sleep 1000; : ${stage().token}`);
        await stage().untilLeft((found) => stage().hasDaemon(found));
        process.kill(stage().launcher(), 'SIGKILL');
        assert.equal((await stage().reply()).ended, 'lost');
        await stage().untilLeft((found) => found.length === 0);
        assert.deepEqual(mountsOfMachine(), mounts);
        assert.equal((await stage().run('true')).passed, true);
      });

      it('when the launcher is killed with a fork bomb under it', async () => {
        // With exec, because the shell cannot start another process once the limit is reached, and would end.
        stage().send(`: ${stage().token}; f() { f | f & sleep 1000; }; f & exec sleep 1000`);
        await stage().untilLeft((found) => stage().isBound(found) && found.length > 20);
        process.kill(stage().launcher(), 'SIGKILL');
        assert.equal((await stage().reply()).ended, 'lost');
        await stage().untilLeft((found) => found.length === 0);
      });

      it('when worker and launcher are killed together', async () => {
        stage().send(`setsid sh -c 'sleep 1000; : ${stage().token}' & sleep 1000; : ${stage().token}`);
        await stage().untilLeft((found) => stage().hasDaemon(found));
        const gone = once(stage().worker, 'exit');
        const launcher = stage().launcher();
        stage().worker.kill('SIGSTOP');
        try {
          process.kill(launcher, 'SIGKILL');
          await stage().untilLeft((found) => found.length === 0);
        } finally {
          stage().worker.kill('SIGKILL');
          await gone;
          stage().restart();
        }
        assert.equal((await stage().run('true')).passed, true);
      });
    });

    describe('cost more than itself:', () => {
      it('it has at most three processes around it', async () => {
        stage().send(`: ${stage().token}; sleep 1000`, { timeoutMs: 3_000 });
        await stage().untilLeft((found) => stage().commandsOf(found).length === 1);
        const around = stage().around();
        await stage().reply();
        assert.ok(around.length <= 3, around.join('\n'));
      });
    });

    describe('see what does not belong to it', () => {
      it('in the environment of any process', async () => {
        const { output } = await stage().run('cat /proc/*/environ /proc/*/cmdline | tr "\\0" "\\n"; env');
        assert.ok(!output.includes(SECRET));
        assert.doesNotMatch(output, /ANTHROPIC|DATABASE_URL|leadwright-hostile/);
      });

      it('among the processes', async () => {
        const { output } = await stage().run('for p in /proc/[0-9]*; do echo $p; done');
        assert.ok(output.trim().split('\n').length < 8, output);
      });

      it('through open files that the worker inherited', async () => {
        const { output } = await stage().run('for n in 4 5 6 7 8 9; do cat <&$n; done; ls -l /proc/self/fd');
        assert.ok(!output.includes(SECRET), output);
      });

      it('among the tool chains: the credentials that tools keep there', async () => {
        const { output } = await stage().run(
          `cd ${stage().userHome} && ls -d .nvm/versions/node/lts/ .pyenv/versions/* && cat ${CREDENTIALS.join(' ')} | rev`,
        );
        assert.match(output, /lts/);
        assert.match(output, /3\.13/);
        assert.ok(!output.includes(Array.from(SECRET).reverse().join('')), output);
      });

      it('in the home of the user or of Leadwright, in the canary, or at Docker', async () => {
        const places = [
          stage().home,
          stage().canary,
          `${homedir()}/.ssh`,
          '/var/run/docker.sock',
          '/var',
          '/work',
        ];
        const look = places.map((place) => `ls -d '${place}' && echo seen`).join('; ');
        const { output } = await stage().run(
          `${look}; find / -name song -o -path '*leadwright-hostile*' 2>/dev/null`,
        );
        assert.doesNotMatch(output, /^seen|\/song|^\/.*leadwright/m);
      });

      it('on the network, on loopback, by a Unix or an abstract socket', async () => {
        const { command, control, connections, close } = await startListeners(stage().folder);
        try {
          await control();
          assert.equal(connections(), 4, 'each listener can be reached from outside the sandbox');
          const { output } = await stage().run(command);
          assert.equal(output.match(/^refused/gm)?.length, 4, output);
          assert.equal(connections(), 4);
        } finally {
          await close();
        }
      });
    });

    describe('change what does not belong to it', () => {
      it('through links', async () => {
        const { canary } = stage();
        const write = `ln -s ${canary} out; echo x >out/new; echo x >out/song; rm -rf out/; cp -r . out`;
        await stage().run(write);
      });

      it('through links that a setup leaves in place of files of the commit', async () => {
        const { canary } = stage();
        const setup = `rm -r src; ln -s ${canary} src; ln -s ${canary} $HOME/.cache; mkdir deps; echo ok >deps/a`;
        const { output } = await stage().run('cat deps/a src/song', {
          files: { 'src/song': 'committed' },
          setup,
        });
        assert.equal(output, 'ok\ncommitted');
      });

      it('by deleting everything', async () => {
        await stage().run('rm -rf --no-preserve-root / 2>/dev/null; rm -rf / ~ /tmp . 2>/dev/null');
        accessSync('/usr/bin/env');
        assert.ok(existsSync(stage().home));
      });

      it('in the settings of the machine', async () => {
        const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
        const { output } = await stage().run(
          'mount -o remount,rw /proc/sys; umount /proc/sys; echo "|/evil" >/proc/sys/kernel/core_pattern; ' +
            'echo b >/proc/sysrq-trigger; hostname evil; date -s 1999-01-01; echo written',
        );
        assert.equal(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'), pattern);
        assert.ok(new Date().getFullYear() > 2020);
        assert.match(output, /written/);
      });

      it('outside its writable folders', async () => {
        const { output } = await stage().run(
          'for d in / /usr /usr/local /etc /dev /proc /sys /sandbox /root /home /var /run; do ' +
            '(: >$d/x) 2>/dev/null && echo wrote $d; done; :',
        );
        assert.equal(output, '');
      });

      it('by tracing or killing other processes', async () => {
        const other = spawn('sleep', ['1000']);
        try {
          const pid = other.pid ?? 0;
          const trace = `perl -e 'print syscall(${process.arch === 'x64' ? 101 : 117}, 0, 0, 0, 0), " $!\\n"'`;
          const { output } = await stage().run(
            `cat /proc/${pid}/maps; kill -9 ${pid}; ${trace}; (kill -9 -1); true`,
          );
          assert.ok(isAlive(pid));
          if (!output.includes('perl')) assert.match(output, /^-1 Operation not permitted$/m);
        } finally {
          other.kill();
        }
      });
    });

    describe('forge its exit code', () => {
      it('in the memory of its init process', async function () {
        if (process.arch !== 'x64') this.skip();
        const { passed, exitCode, output } = await stage().run('node forge.js; exit 1', {
          files: { 'forge.js': FORGE_EXIT_CODE },
        });
        assert.deepEqual([passed, exitCode], [false, 1], output);
        assert.match(output, /EROFS[^]*\/proc\/1\/mem/);
      });

      it('in the memory of any process', async () => {
        const { output } = await stage().run('sleep 100 & node open.js; exit 1', {
          files: { 'open.js': OPEN_MEMORY },
        });
        assert.match(output, /^(?:refused EROFS\n){4,}$/);
      });
    });

    describe('gain privileges', () => {
      it('by capabilities, set-user-id programs or namespaces', async () => {
        const { output } = await stage().run(
          'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; unshare --user true; unshare --mount true; ' +
            'chroot / true; mount -t tmpfs none /tmp',
        );
        for (const line of output.split('\n').filter((text) => text.startsWith('Cap'))) {
          assert.match(line, /\t0+$/, line);
        }
        assert.match(output, /NoNewPrivs:\t1\nSeccomp:\t2\n/);
        assert.equal(output.match(/Operation not permitted|must be superuser/g)?.length, 4, output);
      });

      it('of root, even if root runs it', async () => {
        stage().send(`: ${stage().token}; sleep 1000`, { timeoutMs: 1000 });
        await stage().untilLeft((found) => stage().commandsOf(found).length > 0);
        for (const pid of stage().commandsOf(stage().left()))
          assert.notEqual(statSync(`/proc/${pid}`).uid, 0);
        await stage().reply();
      });
    });
  });
}
