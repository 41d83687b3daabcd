/** Points in a run at which something is struck, and how each is met. */
import { setTimeout as delay } from 'node:timers/promises';
import { StatementGate, type GateName } from './gate.js';
import { leadHasTask } from './lead-task.js';
import { SLOW_MS } from './model.js';
import { TASK_COUNT } from './project.js';
import type { Stage } from './stage.js';
import { isAsleep } from './sleepers.js';
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

/** When nothing is left to do but for a person, who does it while what was struck is away. */
export const PERSONS_MOMENTS = {
  question: 'all waits for an answer',
  skipped: 'ended without a task, which is tried again',
} as const;
type PersonsMoment = keyof typeof PERSONS_MOMENTS;
export type NamedMoment = StepMoment | PersonsMoment;

export function isPersons(moment: Moment): moment is PersonsMoment {
  return typeof moment === 'string' && Object.hasOwn(PERSONS_MOMENTS, moment);
}

/** A step, or so many milliseconds after the run is recorded. */
export type Moment = NamedMoment | { readonly afterMs: number };

/** A moment that was reached: the run stands there until it is let go. */
export interface Reached {
  /** Since when the run was held up on the way there, if it was. */
  readonly delayedFrom?: number;
  /** `lost`: a statement that waited never arrives, as when its connection broke. */
  release(options: { readonly lost: boolean }): Promise<void>;
}

export interface Scene {
  readonly stage: Stage;
  readonly run: string;
  readonly watcher: Watcher;
  /** Aborted when the run is over: the moment was missed. */
  readonly over: AbortSignal;
  /** Aborted when it has been waited for long enough. */
  readonly limit: AbortSignal;
}

/** A scene with one signal for both ends of the waiting. */
export interface Waiting extends Scene {
  readonly signal: AbortSignal;
}

const NOTHING_TO_RELEASE: Reached = { release: () => Promise.resolve() };

/** Waits for a moment. Rejects with the signal's reason when the run is over before it. */
export async function reach(moment: Moment, place: Scene): Promise<Reached> {
  const scene: Waiting = { ...place, signal: AbortSignal.any([place.over, place.limit]) };
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
    case 'apply':
    case 'verdict':
    case 'landing':
    case 'publish':
    case 'report':
      return reachGate(moment, scene);
    case 'test':
      await scene.watcher.first((event) => event.type === 'changes.applied', scene.signal);
      return reachTest(scene);
    case 'verify':
      await allCompleted(scene);
      return reachTest(scene);
    case 'question':
      return reachQuestion(scene);
    case 'skipped':
      return reachSkipped(scene);
    case 'lead':
      await scene.watcher.first((event) => event.type === 'changes.applied', scene.signal);
      return reachLead(scene);
  }
}

async function reachCall({ stage, run, signal }: Waiting, slow: boolean): Promise<Reached> {
  const held = stage.model.catchNext(run, { slow });
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the run was over before')), { once: true });
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

/** A look reads what every process of the machine is called: some milliseconds, several times in a test. */
const POLL_MS = 20;

/** A command runs in its sandbox, and has got to where it leaves a process behind. */
async function reachTest({ stage, run, signal }: Waiting): Promise<Reached> {
  const name = stage.sleepersOf(run);
  while (!isAsleep(name, 'test')) await delay(POLL_MS, undefined, { signal });
  return NOTHING_TO_RELEASE;
}

/**
 * A sleeping worker whose questions for work have all been answered gets no task of the lead. Its own tasks are away
 * for two seconds first (the sticky queue); below the five that its other activities have.
 */
const NAP_MS = 4_000;

/** The worker has been given a workflow task of the lead, and sleeps over it. */
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

/** Long enough for a worker to ask for work again. */
const AWAKE_MS = 200;
