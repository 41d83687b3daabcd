/** Measurements of runs on the real stack. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { runBranch } from '../src/contract/names.js';
import { runId } from '../src/contract/ids.js';
import type { ServiceName } from '../src/local-stack/stack-file.js';
import { temporalSettings } from '../src/local-stack/temporal/temporal-settings.js';
import { startHelper } from './helper-process.js';
import { readHistories } from './actions.js';
import { endedChildrenMs, machineMs, processorMs, residentKiB, startedOnMachine } from './processor.js';
import { FLOOR_QUEUES, type FloorInput } from './floor-interface.js';
import { modelName } from './project.js';
import type { BenchRun, OpenStack, Stage } from './stage.js';

/** The figures of one run of Leadwright. */
export interface RunFigures {
  readonly tasksPerSecond: number;
  /**
   * Processor time per task of each service, in ms. The worker's includes everything that it starts (launcher, git,
   * tests) and the relay, which encrypts what it says to the Temporal server. `command` is `leadwright run`, which
   * follows the run.
   */
  readonly processorMs: Readonly<Record<ServiceName | 'command', number>>;
  /** Processor time per task of the whole machine, in ms: with commands in a sandbox, which `processorMs` misses. */
  readonly machineMs: number;
  /** From the start of the command to its end, less the time from the first task's start to the last one's end. */
  readonly beyondTasksMs: number;
  /** Events and bytes of the lead's history, per task. */
  readonly leadEvents: number;
  readonly leadBytes: number;
  /** Events of all histories, per task: the lead's and the task's own. */
  readonly events: number;
  /** What Temporal Cloud would bill, per task: for those events, and for heartbeats. */
  readonly actions: number;
  readonly heartbeats: number;
  /** Processes and threads that were started on the whole machine during the run, per task. */
  readonly processes: number;
}

/** The figures of one run of the floor: the same shape on Temporal alone (see floor-workflows.ts). */
export interface FloorFigures {
  readonly tasksPerSecond: number;
  readonly processorMs: { readonly temporal: number; readonly worker: number };
}

/** Enough for a worker to have loaded and compiled the code that all tasks use. */
export const WARM_UP_TASKS = 20;

/** Measures a run from its start to its end. */
export async function measureRun(stage: Stage, stack: OpenStack, run: BenchRun): Promise<RunFigures> {
  const before = {
    ms: stack.processorMs(),
    commandMs: endedChildrenMs(),
    heartbeats: await stack.heartbeats(),
    started: startedOnMachine(),
    machineMs: machineMs(),
  };
  const begun = performance.now();
  const id = await stage.run(run);
  const elapsedMs = performance.now() - begun;
  const started = startedOnMachine();
  const machine = machineMs() - before.machineMs;
  const after = stack.processorMs();
  const commandMs = endedChildrenMs() - before.commandMs;
  const heartbeats = (await stack.heartbeats()) - before.heartbeats;
  const spent = (name: ServiceName) => (after[name] - before.ms[name]) / run.tasks;
  const lead = await stack.temporal.workflow.getHandle(runBranch(runId(id))).describe();
  const histories = await readHistories(stack.temporal, id, run.tasks);
  const seconds = await workingSeconds(stack, id);
  return {
    tasksPerSecond: run.tasks / seconds,
    processorMs: {
      temporal: spent('temporal'),
      worker: spent('worker'),
      postgres: spent('postgres'),
      notifier: spent('notifier'),
      command: commandMs / run.tasks,
    },
    machineMs: machine / run.tasks,
    beyondTasksMs: elapsedMs - 1000 * seconds,
    leadEvents: lead.historyLength / run.tasks,
    leadBytes: (lead.historySize ?? 0) / run.tasks,
    events: histories.events / run.tasks,
    actions: (histories.actions + heartbeats) / run.tasks,
    heartbeats: heartbeats / run.tasks,
    processes: (started - before.started) / run.tasks,
  };
}

/** Measures the floor: workflows of the same shape that do nothing, with the same server and worker options. */
export async function measureFloor(stage: Stage, stack: OpenStack, input: FloorInput): Promise<FloorFigures> {
  const env = { ...stage.env, ...temporalSettings(stage.home, stack.hold.temporal) };
  const worker = await startHelper('floor-worker.ts', env);
  try {
    const times = () => ({
      server: stack.processorMs().temporal,
      worker: processorMs(worker.pid) + stack.relayMs(),
    });
    const run = (size: FloorInput) =>
      stack.temporal.workflow.execute('floorRun', {
        workflowId: `floor-${randomUUID()}`,
        taskQueue: FLOOR_QUEUES.workflow,
        args: [size],
      });
    // Leadwright's worker is warm too: the first tasks load code that all tasks use.
    await run({ tasks: WARM_UP_TASKS, concurrency: WARM_UP_TASKS });
    const before = times();
    const started = performance.now();
    await run(input);
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
  const id = await stage.run(
    { tasks: agents, concurrency: agents, model: modelName(SLOW_MODEL_MS) },
    '--detach',
  );
  while ((await tasksInProgress(stack, id)) < agents) await delay(200);
  await delay(SETTLE_MS);
  const open = residentKiB(worker);
  await stage.leadwright(['cancel', id]);
  return (open - idle) / agents;
}

/** Measures the time from `npm start` (set up, nothing running) to the start of the first task, in ms. */
export async function measureStart(stage: Stage): Promise<number> {
  const started = Date.now();
  const id = await stage.npmStart({ tasks: 5, concurrency: 5, model: modelName(0) });
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
export async function workingSeconds({ db }: OpenStack, id: string): Promise<number> {
  const found = await db.query<{ seconds: number }>(
    `SELECT extract(epoch FROM max(completed_at) - min(started_at))::float AS seconds FROM tasks
     WHERE run_id = $1`,
    [id],
  );
  return found.rows[0]?.seconds ?? NaN;
}

/** How many tasks of a run are in progress now. */
export async function tasksInProgress({ db }: OpenStack, id: string): Promise<number> {
  const found = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM tasks WHERE run_id = $1 AND status = 'in_progress'`,
    [id],
  );
  return found.rows[0]?.count ?? 0;
}
