/** What a person waits for in a day: the start of a run up to its first model call, and `status`. */
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
  /** `leadwright status RUN` with the stack down, and with it up. */
  readonly status: { readonly down: CommandFigures; readonly up: CommandFigures };
}

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
  const down: { readonly started: Date; readonly id: string }[] = [];
  const statusDown: CommandFigures[] = [];
  for (let round = 0; round < rounds; round++) {
    await stage.endStack();
    down.push(await timeStart(stage));
    // Its own stack stays up for a while.
    await stage.endStack();
    statusDown.push(await timeStatus(stage, down));
  }
  return stage.withStack(async (stack) => {
    const up: typeof down = [];
    const statusUp: CommandFigures[] = [];
    for (let round = 0; round < rounds; round++) {
      up.push(await timeStart(stage));
      statusUp.push(await timeStatus(stage, up));
    }
    return {
      start: { down: await readStarts(stack, down), up: await readStarts(stack, up) },
      status: { down: medianCommand(statusDown), up: medianCommand(statusUp) },
    };
  });
}

async function timeStart(stage: Stage) {
  const started = new Date();
  return { started, id: await stage.run({ tasks: 1, concurrency: 1, model: modelName(0) }) };
}

async function timeStatus(stage: Stage, runs: readonly { readonly id: string }[]): Promise<CommandFigures> {
  const before = { ms: performance.now(), processorMs: endedChildrenMs() };
  await stage.leadwright(['status', ...runs.slice(-1).map(({ id }) => id)]);
  return { ms: performance.now() - before.ms, processorMs: endedChildrenMs() - before.processorMs };
}

function medianCommand(commands: readonly CommandFigures[]): CommandFigures {
  return {
    ms: median(commands.map(({ ms }) => ms)),
    processorMs: median(commands.map(({ processorMs }) => processorMs)),
  };
}

async function readStarts(
  stack: OpenStack,
  runs: readonly { readonly started: Date; readonly id: string }[],
): Promise<StartFigures> {
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
