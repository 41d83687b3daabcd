import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcess } from '../../src/sandbox/processes.js';
import { holdStack, type StackHold } from '../../src/local-stack/hold-stack.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { temporalSettings } from '../../src/local-stack/temporal/temporal-settings.js';
import { testCli, type Ran, type Running, type TestCli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { described, leftoversOfCommands } from './leftovers.js';
import { ChaosModel } from './model.js';
import { processesNaming, sleepersName } from './sleepers.js';
import { processOf } from './victims.js';

/** The environment of the rows: a home with its stack, a model, and a folder for projects. Rows run one after another. */
export class Stage {
  private up: Running | undefined;
  private readonly sleepers = new Set<string>();
  private readonly workers = new Set<number>();

  private constructor(
    readonly cli: TestCli,
    readonly model: ChaosModel,
    readonly folder: string,
  ) {}

  static async open(): Promise<Stage> {
    const model = await ChaosModel.start();
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-chaos-'));
    mkdirSync(join(folder, 'tmp'));
    const stage = new Stage(await testCli(model.url), model, folder);
    await stage.startUp();
    return stage;
  }

  get home(): string {
    return this.cli.home;
  }

  /** Starts a command. Its temporary folder must be empty at the end. */
  start(args: readonly string[]): Running {
    return this.cli.start(args, { TMPDIR: join(this.folder, 'tmp') });
  }

  run(args: readonly string[]): Promise<Ran> {
    return this.start(args).done;
  }

  /** Starts `leadwright up` unless it is running; starts it again when it is killed during its start. */
  async startUp(): Promise<void> {
    while (this.up === undefined || hasEnded(this.up)) {
      const up = this.start(['up']);
      this.up = up;
      await up.untilSaid(/Leadwright is up/).catch((error: unknown) => {
        if (up.process.signalCode !== 'SIGKILL') throw error;
      });
    }
  }

  killUp(): void {
    this.up?.process.kill('SIGKILL');
  }

  /** Stops this stage's `leadwright up` (SIGSTOP). Returns a function that continues it. */
  pauseUp(): () => void {
    const { up } = this;
    up?.process.kill('SIGSTOP');
    return () => up?.process.kill('SIGCONT');
  }

  /** Starts a second worker, as in a fleet. Returns a function that ends it. */
  async addWorker(): Promise<() => Promise<void>> {
    const hold = await this.hold();
    const worker = this.cli.start(['worker'], {
      TMPDIR: join(this.folder, 'tmp'),
      DATABASE_URL: hold.databaseUrl,
      ...temporalSettings(this.home, hold.temporal),
    });
    await worker.untilSaid(/"ready":true/);
    return async () => {
      worker.process.kill('SIGTERM');
      await worker.done;
      await hold.release({ wait: false });
    };
  }

  /** Opens a hold on the stack, for queries to the database and Temporal. */
  hold(): Promise<StackHold> {
    return holdStack({ home: this.home, env: this.cli.env, needs: { worker: 'none' } });
  }

  /** When the parts of the stack were started, from the host's log. */
  startsOfParts(): readonly { readonly part: string; readonly at: number }[] {
    const lines = readFileSync(stackPaths(this.home).hostLog, 'utf8').split('\n');
    return lines.flatMap((line) => {
      const [, at, part] = /^(\S+) (\w+) is up$/.exec(line) ?? [];
      return at === undefined || part === undefined ? [] : [{ part, at: Date.parse(at) }];
    });
  }

  /** The name of a run's sleepers; from then on they count as leftovers. */
  sleepersOf(run: string): string {
    const name = sleepersName(this.folder, run);
    this.sleepers.add(name);
    return name;
  }

  /** Remembers the current worker's process id, which identifies what it leaves behind. */
  async noteWorker(): Promise<void> {
    const worker = await processOf(this.home, 'worker');
    if (worker !== undefined) this.workers.add(worker.pid);
  }

  /** Lists what tests and setups left behind. */
  leftovers(): string[] {
    return leftoversOfCommands({ home: this.home, sleepers: this.sleepers, workers: this.workers });
  }

  /** Ends everything as a person would (Ctrl-C). Returns what is left. */
  async close(): Promise<string[]> {
    this.up?.process.kill('SIGINT');
    await this.up?.done;
    const gone = () => this.cli.processes().length === 0;
    await eventually(gone, 'all processes end').catch(() => undefined);
    const left = [
      ...this.cli.processes().map((pid) => `process ${described(pid)}`),
      ...this.leftovers(),
      ...readdirSync(join(this.folder, 'tmp')).map((name) => `temporary ${name}`),
    ];
    // Reported above; killed so that they do not stay on the machine.
    for (const pid of processesNaming(this.sleepers)) killProcess(pid);
    await this.cli.remove();
    await this.model.close();
    rmSync(this.folder, { recursive: true, force: true });
    return left;
  }
}

function hasEnded({ process }: Running): boolean {
  return process.exitCode !== null || process.signalCode !== null;
}
