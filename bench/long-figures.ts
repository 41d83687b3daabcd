/** Measurements of a long run: whether its last tasks cost as much as its first, and how long its histories get. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '../src/local-stack/stack-file.js';
import type { OpenStack } from './stage.js';

export interface LongFigures {
  readonly completed: number;
  readonly status: string;
  readonly tasksPerSecond: number;
  /** Processor time per task of worker, Temporal server and database together, in ms, for the first and last tasks. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly events: number;
  readonly bytes: number;
  readonly payload: number;
  readonly continueAsNews: number;
}

/** The progress of a run at one moment, and its processor time so far. */
interface Sample {
  readonly at: number;
  readonly completed: number;
  readonly ms: number;
}

/** Frequent enough for stretches of a hundred tasks, and negligible beside their cost. */
const SAMPLE_MS = 1_000;

/** The services that do a run's work. The notifier has no clients here. */
const MEASURED_SERVICES: readonly ServiceName[] = ['worker', 'temporal', 'postgres'];

/** Samples a run until it ends. */
export async function watchRun(stack: OpenStack, id: string, say: (text: string) => void) {
  const samples: Sample[] = [];
  for (let reported = 0; ;) {
    const { status, completed } = await progress(stack, id);
    const spent = stack.processorMs();
    const ms = MEASURED_SERVICES.reduce((sum, name) => sum + spent[name], 0);
    samples.push({ at: performance.now(), completed, ms });
    if (completed - reported >= 250) say(`${(reported = completed)} tasks done …`);
    if (status !== 'running') return { status, samples };
    await delay(SAMPLE_MS);
  }
}

/** The status of a run, and how many of its tasks are completed. */
export async function progress(
  { db }: OpenStack,
  id: string,
): Promise<{ status: string; completed: number }> {
  const found = await db.query<{ status: string; completed: number }>(
    `SELECT status, (SELECT count(*)::int FROM tasks WHERE run_id = runs.id AND status = 'completed') AS completed
     FROM runs WHERE id = $1`,
    [id],
  );
  return found.rows[0] ?? { status: 'gone', completed: 0 };
}

/** Computes the figures of a run that has ended. */
export async function computeFigures(
  stack: OpenStack,
  id: string,
  tasks: number,
  { status, samples }: Awaited<ReturnType<typeof watchRun>>,
): Promise<LongFigures> {
  const completed = samples.at(-1)?.completed ?? 0;
  const stretch = Math.min(1_000, Math.floor(tasks / 5));
  const all = between(samples, 0, tasks);
  return {
    completed,
    status,
    tasksPerSecond: all.tasks / all.seconds,
    firstMs: costOf(between(samples, 0, stretch)),
    lastMs: costOf(between(samples, tasks - stretch, tasks)),
    ...(await historiesOf(stack, id)),
  };
}

interface Stretch {
  readonly tasks: number;
  readonly seconds: number;
  readonly ms: number;
}

/**
 * The stretch from the first sample with more than `from` completed tasks to the first one with `to`. For `from` 0 this
 * leaves out the run's start.
 */
function between(samples: readonly Sample[], from: number, to: number): Stretch {
  const start = samples.find(({ completed }) => completed > from);
  const end = samples.find(({ completed }) => completed >= to) ?? samples.at(-1);
  if (start === undefined || end === undefined) return { tasks: 0, seconds: 0, ms: 0 };
  return {
    tasks: end.completed - start.completed,
    seconds: (end.at - start.at) / 1000,
    ms: end.ms - start.ms,
  };
}

function costOf({ tasks, ms }: Stretch): number {
  return ms / tasks;
}

/** How many task histories are read completely. Task histories are alike, so the longest ones are enough. */
const READ_HISTORIES = 20;

async function historiesOf({ temporal }: OpenStack, id: string) {
  const found: {
    workflowId: string;
    runId: string;
    type: string;
    events: number;
    bytes: number;
    renewed: boolean;
  }[] = [];
  for await (const each of temporal.workflow.list({ query: `LeadwrightRun = '${id}'` })) {
    const { workflowId, runId, type, status, historyLength, historySize } = each;
    const renewed = status.name === 'CONTINUED_AS_NEW';
    found.push({ workflowId, runId, type, events: historyLength, bytes: historySize ?? 0, renewed });
  }
  found.sort((a, b) => b.bytes - a.bytes);
  const leads = found.filter(({ type }) => type === 'projectRun');
  const longest = found.filter(({ type }) => type !== 'projectRun').slice(0, READ_HISTORIES);
  let payload = 0;
  for (const { workflowId, runId } of [...leads, ...longest]) {
    const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    payload = Math.max(payload, largestPayload(history));
  }
  return {
    events: Math.max(0, ...found.map(({ events }) => events)),
    bytes: Math.max(0, ...found.map(({ bytes }) => bytes)),
    payload,
    continueAsNews: leads.filter(({ renewed }) => renewed).length,
  };
}

/** The length of the longest byte array anywhere in a value. */
function largestPayload(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  let largest = 0;
  for (const inner of Object.values(value)) largest = Math.max(largest, largestPayload(inner));
  return largest;
}
