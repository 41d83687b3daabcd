/** Measurements of runs on the real stack. */
import { setTimeout as delay } from 'node:timers/promises';
import { runBranch } from '../src/contract/names.js';
import { runId } from '../src/contract/ids.js';
import type { ServiceName } from '../src/local-stack/stack-file.js';
import { temporalSettings } from '../src/local-stack/temporal/temporal-settings.js';
import { startHelper } from './helper-process.js';
import { processorMs, residentKiB } from './processor.js';
import { FLOOR_QUEUES, type FloorInput } from './floor-interface.js';
import type { BenchRun, OpenStack, Stage } from './stage.js';

/** The figures of one run of Leadwright. */
export interface RunFigures {
  readonly tasksPerSecond: number;
  /** Processor time per task of each service, in ms. The worker's includes the git processes and tests it starts. */
  readonly processorMs: Readonly<Record<ServiceName, number>>;
  /** Events and bytes of the lead's history, per task. */
  readonly events: number;
  readonly bytes: number;
}

/** The figures of one run of the floor: the same shape on Temporal alone (see floor-workflows.ts). */
export interface FloorFigures {
  readonly tasksPerSecond: number;
  readonly processorMs: { readonly temporal: number; readonly worker: number };
}

/** Measures a run from its start to its end. */
export async function measureRun(stage: Stage, stack: OpenStack, run: BenchRun): Promise<RunFigures> {
  const before = serviceTimes(stack);
  const id = await stage.run(run);
  const after = serviceTimes(stack);
  const spent = (name: ServiceName) => (after[name] - before[name]) / run.tasks;
  const lead = await stack.temporal.workflow.getHandle(runBranch(runId(id))).describe();
  return {
    tasksPerSecond: run.tasks / (await workingSeconds(stack, id)),
    processorMs: {
      temporal: spent('temporal'),
      worker: spent('worker'),
      postgres: spent('postgres'),
      notifier: spent('notifier'),
    },
    events: lead.historyLength / run.tasks,
    bytes: (lead.historySize ?? 0) / run.tasks,
  };
}

/** Measures the floor: workflows of the same shape that do nothing, with the same server and worker options. */
export async function measureFloor(stage: Stage, stack: OpenStack, input: FloorInput): Promise<FloorFigures> {
  const env = { ...stage.env, ...temporalSettings(stage.home, stack.hold.temporal) };
  const worker = await startHelper('floor-worker.ts', env);
  try {
    const times = () => ({ server: processorMs(stack.pidOf('temporal')), worker: processorMs(worker.pid) });
    const before = times();
    const started = performance.now();
    await stack.temporal.workflow.execute('floorRun', {
      workflowId: `floor-${Date.now()}`,
      taskQueue: FLOOR_QUEUES.workflow,
      args: [input],
    });
    const seconds = (performance.now() - started) / 1000;
    const after = times();
    return {
      tasksPerSecond: input.tasks / seconds,
      processorMs: {
        temporal: (after.server - before.server) / input.tasks,
        worker: (after.worker - before.worker) / input.tasks,
      },
    };
  } finally {
    await worker.end();
  }
}

/** A model that answers after ten minutes: all agents still wait while memory is measured. */
const SLOW_MODEL_MS = 600_000;
/** Garbage and messages of the start settle within a few seconds. */
const SETTLE_MS = 5_000;

/** Measures the worker's memory for each agent that waits for the model, in KiB. */
export async function measureMemory(stage: Stage, stack: OpenStack, agents: number): Promise<number> {
  const worker = stack.pidOf('worker');
  await delay(SETTLE_MS);
  const idle = residentKiB(worker);
  const id = await stage.run({ tasks: agents, concurrency: agents, modelMs: SLOW_MODEL_MS }, '--detach');
  while ((await tasksInProgress(stack, id)) < agents) await delay(200);
  await delay(SETTLE_MS);
  const open = residentKiB(worker);
  await stage.leadwright(['cancel', id]);
  return (open - idle) / agents;
}

/** Measures the time from `npm start` (set up, nothing running) to the start of the first task, in ms. */
export async function measureStart(stage: Stage): Promise<number> {
  const started = Date.now();
  const id = await stage.npmStart({ tasks: 5, concurrency: 5, modelMs: 0 });
  const first = await stage.withStack(({ db }) => firstTaskStart(db, id));
  return first.getTime() - started;
}

async function firstTaskStart(db: OpenStack['db'], id: string): Promise<Date> {
  const found = await db.query<{ at: Date }>('SELECT min(started_at) AS at FROM tasks WHERE run_id = $1', [
    id,
  ]);
  const at = found.rows[0]?.at;
  if (at === undefined) throw new Error(`run ${id} started nothing`);
  return at;
}

/** The time from the first task's start to the last one's end, in seconds. */
async function workingSeconds({ db }: OpenStack, id: string): Promise<number> {
  const found = await db.query<{ seconds: number }>(
    `SELECT extract(epoch FROM max(completed_at) - min(started_at))::float AS seconds FROM tasks
     WHERE run_id = $1`,
    [id],
  );
  return found.rows[0]?.seconds ?? NaN;
}

async function tasksInProgress({ db }: OpenStack, id: string): Promise<number> {
  const found = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM tasks WHERE run_id = $1 AND status = 'in_progress'`,
    [id],
  );
  return found.rows[0]?.count ?? 0;
}

function serviceTimes({ pidOf }: OpenStack): Record<ServiceName, number> {
  const of = (name: ServiceName) => processorMs(pidOf(name));
  return {
    postgres: of('postgres'),
    temporal: of('temporal'),
    notifier: of('notifier'),
    worker: of('worker'),
  };
}
