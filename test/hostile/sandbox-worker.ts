/**
 * A minimal worker. It reads commands from standard input, one JSON line each, runs them in the sandbox, and writes
 * one JSON line per result. As root it switches to the user id in its argument, but only after all modules are loaded:
 * another user may not be able to read them. Like a real worker, it has a launcher, whose code is its second argument.
 */
import { createInterface } from 'node:readline';
import { Launcher } from '../../src/launcher/launcher.js';
import { createBubblewrapRunner } from '../../src/sandbox/runners/bubblewrap-runner.js';
import { removeLeftoverCgroups } from '../../src/sandbox/limits/cgroup.js';
import { describeContainment } from '../../src/sandbox/runners/containment.js';
import { findMachine } from '../../src/sandbox/runners/machine.js';
import { ALLOW_VARIABLE, readEgressRules } from '../../src/sandbox/setup-network/egress-rules.js';
import { runOnCommit } from '../../src/sandbox/run-on-commit.js';
import { LostProcessError, useStarter } from '../../src/shared/process/group.js';
import { nth, sourceOf } from '../unit/sandbox-support.js';
import { parseRequest, type CommandReply } from './sandbox-commands.js';

const user = Number(process.argv[2]);
if (process.getuid?.() === 0 && user !== 0) {
  process.setgroups?.([]);
  process.setgid?.(user);
  process.setuid?.(user);
}
const launcher = new Launcher(() => undefined, process.argv[3]);
useStarter((command) => launcher.start(command));
const home = process.env['LEADWRIGHT_HOME'] ?? '';

for await (const line of createInterface({ input: process.stdin })) {
  const { command, files, limits, timeoutMs, setup, network, allow } = parseRequest(line);
  const found = await findMachine(process.env);
  const machine = { ...found, limits: { ...found.limits, ...limits } };
  if (machine.cgroupParents !== null) await removeLeftoverCgroups(machine.cgroupParents);
  const containment = describeContainment(machine, process.arch);
  const done = runOnCommit({
    runner: createBubblewrapRunner(machine, containment, readEgressRules({ [ALLOW_VARIABLE]: allow })),
    source: sourceOf(files),
    commit: nth(1),
    treesFolder: `${home}/trees`,
    setup:
      setup === null
        ? null
        : { command: setup, layersFolder: `${home}/layers`, scope: command, network, timeoutMs },
    command,
    environment: { host: process.env, allow: [] },
    timeoutMs,
  });
  const reply = await done.then(
    ({ result, verdict }): CommandReply => ({ ...result, ...verdict, gaps: containment.gaps }),
    (error: unknown): CommandReply => {
      if (!(error instanceof LostProcessError)) throw error;
      const lost = { ended: 'lost', exitCode: null, output: '', passed: false, reason: error.message };
      return { ...lost, gaps: containment.gaps };
    },
  );
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

await launcher.close();
