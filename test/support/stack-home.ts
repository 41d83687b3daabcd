import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../src/shared/config.js';
import type { Command } from '../../src/local-stack/child-commands.js';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { holdStack, stopStack, type Servers, type StackHold } from '../../src/local-stack/hold-stack.js';
import type { ServiceName } from '../../src/local-stack/stack-file.js';
import { eventually } from './eventually.js';
import type { WorkerNeed } from '../../src/local-stack/host/host-protocol.js';

/** The stack's host with stub children: see stack-host.ts. */
export const testHost: Command = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  fileURLToPath(new URL('stack-host.ts', import.meta.url)),
];

/** A LEADWRIGHT_HOME for one test file. */
export interface TestHome {
  readonly home: string;
  readonly env: Environment;
  hold(worker?: WorkerNeed, env?: Environment, onServers?: (servers: Servers) => void): Promise<StackHold>;
  /** Processes that have the home in their command line, environment or working folder. */
  processes(): readonly number[];
  remove(): Promise<void>;
}

/** @param below a folder below the temporary one, for a home with a long path */
export function testHome(temporal: string, below = ''): TestHome {
  const folder = mkdtempSync(join(tmpdir(), 'leadwright-stack-'));
  const home = join(folder, below);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const env: Environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    LEADWRIGHT_HOME: home,
    TEMPORAL_CLI_PATH: temporal,
  };
  return {
    home,
    env,
    hold: (worker = 'none', more = {}, onServers) =>
      holdStack({
        ...{ home, env: { ...env, ...more }, needs: { worker }, host: testHost },
        ...(onServers !== undefined && { onServers }),
      }),
    processes: () => processesOf(home),
    remove: async () => {
      await stopStack(home);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Processes that have a home in their command line or environment. */
export function processesOf(home: string): readonly number[] {
  const mentions = (pid: string, file: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(home);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => mentions(pid, file)))
    .map(Number);
}

/** The process of a service of the running stack. */
export async function pidOf(home: string, name: ServiceName): Promise<number> {
  const stack = await describeStack(home);
  assert.equal(stack.state, 'running');
  const pid = stack.services.find((service) => service.name === name)?.pid;
  assert.ok(pid !== undefined, `${name} runs`);
  return pid;
}

/** Kills a service and waits until another process has replaced it. */
export async function killAndAwait(home: string, name: ServiceName): Promise<void> {
  const killed = await pidOf(home, name);
  process.kill(killed, 'SIGKILL');
  await eventually(async () => {
    const stack = await describeStack(home);
    return (
      stack.state === 'running' && stack.services.some(({ name: is, pid }) => is === name && pid !== killed)
    );
  }, `${name} is started again`);
}
