/** What a person waits for in a day: the start of a run up to its first model call, and the commands that only read. */
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { runId } from '../src/contract/ids.js';
import { runBranch } from '../src/contract/names.js';
import { median } from './median.js';
import { endedChildrenMs } from './processor.js';
import { modelName } from './project.js';
import type { OpenStack, Stage } from './stage.js';

/** Each figure is a median. */
export interface DayFigures {
  /** A start with the servers not running, and with the stack up. */
  readonly start: { readonly down: StartFigures; readonly up: StartFigures };
  /** The commands that only read a run, with the stack down, and with it up. */
  readonly reads: readonly {
    readonly command: string;
    readonly down: CommandFigures;
    readonly up: CommandFigures;
  }[];
}

const READ_COMMANDS = ['status', 'show', 'diff', 'events', 'blockers'] as const;

export interface StartFigures {
  /** From the start of `leadwright run` to its first model call. */
  readonly firstCallMs: number;
  /** The base check, which precedes any model call. A part of `firstCallMs`. */
  readonly baseCheckMs: number;
}

export interface CommandFigures {
  readonly ms: number;
  /** Processor time of the command, and of what it started and waited for. */
  readonly processorMs: number;
}

/** Measures each as often as there are rounds. */
export async function measureDay(stage: Stage, rounds: number): Promise<DayFigures> {
  const down: StartedRun[] = [];
  const readDown: Reads[] = [];
  for (let round = 0; round < rounds; round++) {
    await stage.endStack();
    const run = await timeStart(stage);
    down.push(run);
    readDown.push(await timeReads(stage, run, () => stage.endStack()));
  }
  return stage.withStack(async (stack) => {
    const up: StartedRun[] = [];
    const readUp: Reads[] = [];
    for (let round = 0; round < rounds; round++) {
      const run = await timeStart(stage);
      up.push(run);
      readUp.push(await timeReads(stage, run, () => Promise.resolve()));
    }
    return {
      start: { down: await readStarts(stack, down), up: await readStarts(stack, up) },
      reads: READ_COMMANDS.map((command, index) => ({
        command,
        down: medianCommand(readDown.flatMap((reads) => reads[index] ?? [])),
        up: medianCommand(readUp.flatMap((reads) => reads[index] ?? [])),
      })),
    };
  });
}

interface StartedRun {
  readonly started: Date;
  readonly id: string;
}

/** One for each of READ_COMMANDS. */
type Reads = readonly CommandFigures[];

async function timeStart(stage: Stage): Promise<StartedRun> {
  const started = new Date();
  return { started, id: await stage.run({ tasks: 1, concurrency: 1, model: modelName(0) }) };
}

/** @param prepare called before each command */
async function timeReads(stage: Stage, { id }: StartedRun, prepare: () => Promise<void>): Promise<Reads> {
  const figures: CommandFigures[] = [];
  for (const command of READ_COMMANDS) {
    await prepare();
    const before = { ms: performance.now(), processorMs: endedChildrenMs() };
    await stage.leadwright([command, id]);
    const ms = performance.now() - before.ms;
    figures.push({ ms, processorMs: endedChildrenMs() - before.processorMs });
  }
  return figures;
}

function medianCommand(commands: readonly CommandFigures[]): CommandFigures {
  return {
    ms: median(commands.map(({ ms }) => ms)),
    processorMs: median(commands.map(({ processorMs }) => processorMs)),
  };
}

async function readStarts(stack: OpenStack, runs: readonly StartedRun[]): Promise<StartFigures> {
  const starts: StartFigures[] = [];
  for (const { started, id } of runs) {
    const history = await stack.temporal.workflow.getHandle(runBranch(runId(id))).fetchHistory();
    const firstCall = await readFirstCall(stack, id);
    starts.push({ firstCallMs: firstCall.getTime() - started.getTime(), baseCheckMs: baseCheckMs(history) });
  }
  return {
    firstCallMs: median(starts.map(({ firstCallMs }) => firstCallMs)),
    baseCheckMs: median(starts.map((start) => start.baseCheckMs)),
  };
}

async function readFirstCall({ db }: OpenStack, id: string): Promise<Date> {
  const found = await db.query<{ at: Date | null }>(
    'SELECT min(claimed_at) AS at FROM model_calls WHERE run_id = $1',
    [id],
  );
  const at = found.rows[0]?.at ?? null;
  if (at === null) throw new Error(`run ${id} called no model`);
  return at;
}

/** How long the base check took, from its start to its result. Pure. */
export function baseCheckMs({ events = [] }: History): number {
  const scheduled = events?.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'checkBase',
  );
  const own = (id: unknown) => scheduled?.eventId !== undefined && String(id) === String(scheduled.eventId);
  const started = events?.find((event) => own(event.activityTaskStartedEventAttributes?.scheduledEventId));
  const ended = events?.find((event) => own(event.activityTaskCompletedEventAttributes?.scheduledEventId));
  return atMs(ended?.eventTime) - atMs(started?.eventTime);
}

function atMs(
  time: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined,
): number {
  return Number(time?.seconds ?? NaN) * 1000 + (time?.nanos ?? 0) / 1e6;
}
