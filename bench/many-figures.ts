/** Measurements of many agents at once, of many tasks, and of a small run beside a large one. */
import { setTimeout as delay } from 'node:timers/promises';
import { tasksInProgress, workingSeconds } from './figures.js';
import { computeFigures, progress, watchRun, type LongFigures } from './long-figures.js';
import { say } from './main.js';
import { median } from './median.js';
import { residentKiB } from './processor.js';
import { modelName } from './project.js';
import type { BenchRun, OpenStack, Stage } from './stage.js';

export interface ManyFigures {
  readonly agents?: AgentFigures;
  readonly tasks?: TaskFigures;
  readonly fairness?: FairnessFigures;
}

export interface AgentFigures {
  /** From the first task's start to the last one's end. */
  readonly seconds: number;
  readonly mostAtOnce: number;
  /** Memory of the worker process for each agent, when the most ran at once. */
  readonly kiB: number;
}

export interface TaskFigures extends LongFigures {
  /** The longest time in which no task started, from the first start to the last. */
  readonly pauseSeconds: number;
}

export interface FairnessFigures {
  /** From the start of the command to its end, for a run with one task: medians. */
  readonly aloneSeconds: number;
  readonly besideSeconds: number;
}

/** Garbage and messages of the start settle within a few seconds. */
const SETTLE_MS = 5_000;
/** Often enough to see the moment at which the most agents run; negligible beside their cost. */
const SAMPLE_MS = 500;

/** Measures a run of independent tasks that all run at once. */
export async function measureAgents(
  stage: Stage,
  stack: OpenStack,
  { agents, modelMs }: { readonly agents: number; readonly modelMs: number },
): Promise<AgentFigures> {
  say(`${agents} agents at once, a model of ${modelMs} ms …`);
  await delay(SETTLE_MS);
  const worker = stack.pidOf('worker');
  const idle = residentKiB(worker);
  const id = await stage.run({ tasks: agents, concurrency: agents, model: modelName(modelMs) }, '--detach');
  let mostAtOnce = 0;
  let resident = idle;
  while ((await progress(stack, id)).status === 'running') {
    const running = await tasksInProgress(stack, id);
    if (running >= mostAtOnce) [mostAtOnce, resident] = [running, residentKiB(worker)];
    await delay(SAMPLE_MS);
  }
  return { seconds: await workingSeconds(stack, id), mostAtOnce, kiB: (resident - idle) / mostAtOnce };
}

/** Measures a run of many tasks whose answers differ in length. */
export async function measureTasks(stage: Stage, stack: OpenStack, run: BenchRun): Promise<TaskFigures> {
  say(`${run.tasks} tasks, ${run.concurrency} at once …`);
  const id = await stage.run(run, '--detach');
  const figures = await computeFigures(stack, id, run.tasks, await watchRun(stack, id, say));
  return { ...figures, pauseSeconds: await longestPause(stack, id) };
}

async function longestPause({ db }: OpenStack, id: string): Promise<number> {
  const found = await db.query<{ seconds: number }>(
    `SELECT COALESCE(max(extract(epoch FROM started_at - before)), 0)::float AS seconds FROM (
       SELECT started_at, lag(started_at) OVER (ORDER BY started_at) AS before FROM tasks WHERE run_id = $1) AS starts`,
    [id],
  );
  return found.rows[0]?.seconds ?? NaN;
}

/** Runs with one task, of which the median counts: one takes seconds, and a garbage collection a part of one. */
const SMALL_RUNS = 3;
/** The model's response time in both runs. */
const FAIR_MODEL_MS = 2_000;

/** Measures a run with one task alone, and then beside a run that uses all that it may. */
export async function measureFairness(
  stage: Stage,
  stack: OpenStack,
  large: Pick<BenchRun, 'tasks' | 'concurrency'>,
): Promise<FairnessFigures> {
  const model = modelName(FAIR_MODEL_MS);
  const small = async (): Promise<number> => {
    const seconds: number[] = [];
    while (seconds.length < SMALL_RUNS) {
      const started = performance.now();
      await stage.run({ tasks: 1, concurrency: 1, model });
      seconds.push((performance.now() - started) / 1000);
    }
    return median(seconds);
  };
  say('one task alone …');
  const aloneSeconds = await small();
  say(`one task beside a run of ${large.tasks} …`);
  const id = await stage.run({ ...large, model }, '--detach');
  // Its tests queue up by then.
  while ((await progress(stack, id)).completed === 0) await delay(SAMPLE_MS);
  const besideSeconds = await small();
  const { status } = await progress(stack, id);
  if (status !== 'running') throw new Error('the large run ended first; it needs more tasks (--others)');
  await stage.leadwright(['cancel', id]);
  return { aloneSeconds, besideSeconds };
}
