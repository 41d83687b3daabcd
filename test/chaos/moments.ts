/** The moments in a run at which faults are injected, and how each is reached. */
import { setTimeout as delay } from 'node:timers/promises';
import { StatementGate, type GateName } from './gate.js';
import { leadHasTask } from './lead-task.js';
import { SLOW_MS } from './model.js';
import type { LeadwrightEvent } from '../../src/contract/events.js';
import { DRAFTING, TASK_COUNT } from './project.js';
import type { Stage } from './stage.js';
import { isAsleep, type SleeperOf } from './sleepers.js';
import { reachQuestion, reachSkipped } from './person.js';
import { pausePart } from './victims.js';
import type { Watcher } from './watcher.js';

/** The steps of a task, in order, and those of its run around it. */
export const MOMENTS = {
  start: 'run recorded',
  claim: 'before the call is claimed',
  asked: 'model asked',
  answering: 'answer half streamed',
  store: 'answer not stored',
  edit: 'edit not recorded',
  command: 'command running',
  result: 'command not recorded',
  mcp: 'MCP call sent, not recorded',
  apply: 'commit not recorded',
  test: 'test running',
  verdict: 'verdict not kept',
  landing: 'merge not recorded',
  publish: 'branch moved, landing open',
  lead: "lead's workflow task",
  verify: 'verify running',
  report: 'end not recorded',
} as const;
type StepMoment = keyof typeof MOMENTS;

/** Moments at which the run only waits for a person, who acts while the victims are down. */
export const PERSONS_MOMENTS = {
  question: 'all waits for an answer',
  skipped: 'ended without a task, which is tried again',
} as const;
type PersonsMoment = keyof typeof PERSONS_MOMENTS;
export type NamedMoment = StepMoment | PersonsMoment;

export function isPersons(moment: Moment): moment is PersonsMoment {
  return typeof moment === 'string' && Object.hasOwn(PERSONS_MOMENTS, moment);
}

/** A named step, or a time in milliseconds after the run is recorded. */
export type Moment = NamedMoment | { readonly afterMs: number };

/** A moment that was reached. The run stays there until it is released. */
export interface Reached {
  /** When waiting for the moment began to delay the run, if it did. */
  readonly delayedFrom?: number;
  /** `lost`: the blocked statement never arrives, as after a broken connection. */
  release(options: { readonly lost: boolean }): Promise<void>;
}

export interface Scene {
  readonly stage: Stage;
  readonly run: string;
  readonly watcher: Watcher;
  /** Aborted when the run has ended, so that the moment was missed. */
  readonly over: AbortSignal;
  /** Aborted after the time limit. */
  readonly limit: AbortSignal;
}

/** A scene with one signal that combines `over` and `limit`. */
export interface Waiting extends Scene {
  readonly signal: AbortSignal;
}

const NOTHING_TO_RELEASE: Reached = { release: () => Promise.resolve() };

/** Waits for a moment. Rejects with the signal's reason when the run ends first or the time limit passes. */
export async function reach(moment: Moment, given: Scene): Promise<Reached> {
  const scene: Waiting = { ...given, signal: AbortSignal.any([given.over, given.limit]) };
  if (typeof moment !== 'string') {
    await scene.watcher.first(() => true, scene.signal);
    await delay(moment.afterMs, undefined, { signal: scene.signal });
    return NOTHING_TO_RELEASE;
  }
  switch (moment) {
    case 'start':
      await scene.watcher.first(() => true, scene.signal);
      return NOTHING_TO_RELEASE;
    case 'asked':
    case 'answering':
      return reachCall(scene, moment === 'answering');
    case 'claim':
    case 'store':
    case 'edit':
    case 'apply':
    case 'verdict':
    case 'landing':
    case 'publish':
    case 'report':
      return reachGate(moment, scene);
    case 'test':
      await scene.watcher.first((event) => event.type === 'changes.applied', scene.signal);
      return reachCommand(scene, 'test');
    case 'command':
      return reachCommand(scene, 'command');
    case 'result':
      // The result before it is that of the edit, in an earlier turn.
      await scene.watcher.first(answersTurn(2), scene.signal);
      return reachGate(moment, scene);
    case 'mcp':
      // The results before it are those of the edit and the command, in earlier turns.
      await scene.watcher.first(answersTurn(3), scene.signal);
      return reachGate(moment, scene);
    case 'verify':
      await allCompleted(scene);
      return reachCommand(scene, 'test');
    case 'question':
      return reachQuestion(scene);
    case 'skipped':
      return reachSkipped(scene);
    case 'lead':
      await scene.watcher.first((event) => event.type === 'changes.applied', scene.signal);
      return reachLead(scene);
  }
}

/** Whether an event is the answer in this turn of `onDraft` (project.ts): the command in 2, the MCP call in 3. */
function answersTurn(turn: number): (event: LeadwrightEvent) => boolean {
  return (event) => event.type === 'model.call' && event.taskId === DRAFTING && event.data.turn === turn;
}

async function reachCall({ stage, run, signal }: Waiting, slow: boolean): Promise<Reached> {
  const held = stage.model.catchNext(run, { slow });
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the run ended before the moment')), {
      once: true,
    });
  });
  await Promise.race([held.arrived, over]);
  if (slow) await delay(SLOW_MS / 2);
  return {
    release: () => {
      held.release();
      return Promise.resolve();
    },
  };
}

async function reachGate(name: GateName, { stage, signal }: Waiting): Promise<Reached> {
  const hold = await stage.hold();
  try {
    const gate = await StatementGate.blockOne(hold.databaseUrl, name, signal);
    return {
      release: async (options) => {
        await gate.release(options);
        await hold.release({ wait: false });
      },
    };
  } catch (error) {
    await hold.release({ wait: false });
    throw error;
  }
}

async function allCompleted({ watcher, signal }: Waiting): Promise<void> {
  const completed = new Set<string>();
  await watcher.first((event) => {
    if (event.type === 'task.status' && event.data.status === 'completed') completed.add(event.taskId ?? '');
    return completed.size === TASK_COUNT;
  }, signal);
}

/** A check reads the command line of every process, which takes some milliseconds; a test lasts several intervals. */
const POLL_MS = 20;

/** Waits until a command runs in its sandbox and has started the process that it leaves behind. */
async function reachCommand({ stage, run, signal }: Waiting, of: SleeperOf): Promise<Reached> {
  const name = stage.sleepersOf(run);
  while (!isAsleep(name, of)) await delay(POLL_MS, undefined, { signal });
  return NOTHING_TO_RELEASE;
}

/**
 * How long a pause waits for the lead's workflow task. A paused worker without an open poll never receives it, so the
 * pause is then repeated. Above the two seconds for which a task stays on the sticky queue, and below the five seconds
 * that the worker's short activities may take.
 */
const NAP_MS = 4_000;

/** Pauses the worker while it has a workflow task of the lead. */
async function reachLead({ stage, run, signal }: Waiting): Promise<Reached> {
  const hold = await stage.hold();
  const delayedFrom = Date.now();
  for (;;) {
    const wake = await pausePart(stage.home, 'worker');
    try {
      if (await leadHasTask(hold, run, { napMs: NAP_MS, signal })) {
        return {
          delayedFrom,
          release: () => {
            wake();
            return hold.release({ wait: false });
          },
        };
      }
    } catch (error) {
      wake();
      await hold.release({ wait: false });
      throw error;
    }
    wake();
    await delay(AWAKE_MS, undefined, { signal });
  }
}

/** Long enough for a worker to poll again. */
const AWAKE_MS = 200;
