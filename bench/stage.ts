/** The environment of a benchmark: a temporary home with the embedded stack, a project, and the scripted model. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { z } from 'zod';
import type { Environment } from '../src/shared/config.js';
import { freePort } from '../src/shared/network/free-port.js';
import { packageRoot } from '../src/shared/files/package-root.js';
import { holdStack, stopStack, type StackHold } from '../src/local-stack/hold-stack.js';
import { readStackFile, type ServiceName } from '../src/local-stack/stack-file.js';
import { stackPaths } from '../src/local-stack/stack-paths.js';
import { findTemporalBinary } from '../src/local-stack/temporal/temporal-binary.js';
import { runCommand } from './command.js';
import { parentOf, processorMs } from './processor.js';
import { startHelper, type HelperProcess } from './helper-process.js';
import { makeRepository, writePlan, type Project } from './project.js';

/** A run to measure. */
export interface BenchRun {
  readonly tasks: number;
  readonly concurrency: number;
  /** The model's name (see model-server.ts). */
  readonly model: string;
  /** How many of the repository's files the tasks change in turn. Default: none, each task makes a new one. */
  readonly files?: number;
  /** Default: the stage's own repository, with a plan of trivial tasks. */
  readonly project?: Project;
}

/** The running stack, with connections to its parts. */
export interface OpenStack {
  readonly hold: StackHold;
  readonly db: pg.Pool;
  readonly temporal: Client;
  readonly pidOf: (service: ServiceName) => number;
  /** The processor time of each service so far, in ms. */
  readonly processorMs: () => Readonly<Record<ServiceName, number>>;
  /** The processor time of the relay before the Temporal server so far, in ms: TLS, for whoever talks to the server. */
  readonly relayMs: () => number;
  /** The heartbeats that the worker has sent to the Temporal server so far. */
  readonly heartbeats: () => Promise<number>;
}

export class Stage {
  private constructor(
    /** Removed at the end, with the home and all projects in it. */
    readonly folder: string,
    readonly env: Environment,
    private readonly repository: string,
    private readonly model: HelperProcess,
    /** Where the worker serves the metrics of Temporal's SDK. */
    private readonly metrics: string,
  ) {}

  /** @param files the number of files in the repository for the model to change */
  static async open(files = 0): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'leadwright-bench-'));
    try {
      // Outside the home, so that the next benchmark does not download it again.
      const home = join(tmpdir(), 'leadwright-test-bin');
      const binary = await findTemporalBinary({ home, env: process.env });
      const plain = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
      const model = await startHelper('model-server.ts', plain);
      const metrics = `127.0.0.1:${await freePort(undefined)}`;
      const env = {
        ...plain,
        LEADWRIGHT_TEMPORAL_METRICS: metrics,
        LEADWRIGHT_HOME: join(folder, 'home'),
        TEMPORAL_CLI_PATH: binary.path,
        ANTHROPIC_BASE_URL: model.firstLine,
      };
      return new Stage(folder, env, await makeRepository(folder, files), model, metrics);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Ends the stack, even while it is in use. */
  async endStack(): Promise<void> {
    await stopStack(this.home);
  }

  /** Ends the stack and the model, and removes the folder. */
  async close(): Promise<void> {
    await this.endStack();
    await this.model.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The address of the model. */
  get modelUrl(): string {
    return this.model.firstLine;
  }

  /** The home of the measured stack. */
  get home(): string {
    return join(this.folder, 'home');
  }

  /** Keeps the stack and its worker running while `use` runs. */
  async withStack<T>(use: (stack: OpenStack) => Promise<T>): Promise<T> {
    const hold = await holdStack({ home: this.home, env: this.env, needs: { worker: 'model' } });
    const db = new pg.Pool({ connectionString: hold.databaseUrl, max: 2 });
    const connection = await Connection.connect(hold.temporal.connectionOptions);
    try {
      const file = await readStackFile(stackPaths(this.home).stackFile);
      const pids = new Map(file?.services.map(({ name, pid }) => [name, pid]));
      const pidOf = (service: ServiceName) => pids.get(service) ?? missing(service);
      const server = pidOf('temporal');
      const relay = parentOf(server);
      const relayMs = () => processorMs(relay, server);
      return await use({
        hold,
        db,
        temporal: new Client({ connection, namespace: hold.temporal.namespace }),
        pidOf,
        processorMs: () => ({
          postgres: processorMs(pidOf('postgres')),
          temporal: processorMs(server),
          notifier: processorMs(pidOf('notifier')),
          // With the relay: a server of one's own has none, but then its clients encrypt what they say to it.
          worker: processorMs(pidOf('worker')) + relayMs(),
        }),
        relayMs,
        heartbeats: () => countHeartbeats(this.metrics),
      });
    } finally {
      await connection.close();
      await db.end();
      await hold.release({ wait: true });
    }
  }

  /** Runs `leadwright run`, as a person would. Returns the run's id. */
  async run(run: BenchRun, ...more: readonly string[]): Promise<string> {
    return runIdOf(await this.leadwright(['run', ...(await this.argumentsOf(run)), ...more]));
  }

  /** Runs `npm start`, including its set-up. Returns the run's id. */
  async npmStart(run: BenchRun): Promise<string> {
    const args = await this.argumentsOf(run);
    return runIdOf(
      await runCommand(['npm', 'start', '--silent', '--', ...args], { env: this.env, cwd: packageRoot }),
    );
  }

  /** Runs any command. Returns its stdout. */
  leadwright(args: readonly string[], expect = 0): Promise<string> {
    const launcher = join(packageRoot, 'bin', 'leadwright.js');
    return runCommand([process.execPath, launcher, ...args], { env: this.env, cwd: this.folder, expect });
  }

  private async argumentsOf(run: BenchRun): Promise<string[]> {
    const { repository, plan } = run.project ?? {
      repository: this.repository,
      plan: await writePlan(this.folder, run.tasks, run.files),
    };
    return [
      ...['--repo', repository, '--plan', plan, '--json'],
      ...['--concurrency', String(run.concurrency), '--model', run.model],
    ];
  }
}

/** Reads from a worker's metrics how many heartbeats it has sent; the SDK throttles those that activities make. */
async function countHeartbeats(metrics: string): Promise<number> {
  const text = await (await fetch(`http://${metrics}/metrics`)).text();
  const counts = text.matchAll(
    /^temporal_request\{[^}]*operation="RecordActivityTaskHeartbeat"[^}]*\} (\d+)/gm,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

function runIdOf(stdout: string): string {
  return z.object({ runId: z.string() }).parse(JSON.parse(stdout)).runId;
}

function missing(service: ServiceName): never {
  throw new Error(`the stack has no ${service}`);
}
