/** Plays one row of the matrix on a stage: starts a run, injects its faults, gathers the facts. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Ran } from '../support/cli.js';
import { Command } from './command.js';
import { gather } from './gather.js';
import type { Facts, InjectedFault } from './facts.js';
import type { Row, Fault } from './matrix.js';
import { isPersons, reach, type Scene } from './moments.js';
import { chaosProject } from './project.js';
import type { Random } from './random.js';
import type { Stage } from './stage.js';
import { killPart, PAUSE_MS, pausePart, type Victim } from './victims.js';
import { Watcher } from './watcher.js';

/** A run takes seconds; up to four faults each add half a minute at worst on a busy machine. */
const LIMIT_MS = 180_000;

/** The observations; `missed` when the run ended before a moment was reached, so that nothing was tested. */
export type Played =
  { readonly kind: 'missed' } | { readonly kind: 'played'; readonly facts: Facts; readonly ms: number };

export interface PlayOptions {
  readonly run: string;
  readonly row: Row;
  readonly expectedTree: string;
  readonly random: Random;
}

/** Plays a row once. */
export async function play(stage: Stage, { run, row, expectedTree, random }: PlayOptions): Promise<Played> {
  await stage.startUp();
  const person = row.faults.some(({ moment }) => isPersons(moment));
  stage.model.learn(run, { person, sleepers: stage.sleepersOf(run) });
  const project = chaosProject(stage.folder, run, stage.sleepersOf(run));
  const watcher = new Watcher(stage.home, run);
  const over = new AbortController();
  const limit = AbortSignal.timeout(LIMIT_MS);
  const began = Date.now();
  const command = new Command(stage, ['run', ...project.options, '--id', run, '--json'], { person });
  const done = command.done().finally(() => over.abort());
  try {
    const scene = { stage, run, watcher, over: over.signal, limit };
    const [faults, ran] = await Promise.all([
      injectAll(scene, row.faults, command, random),
      Promise.race([done, untilAborted(limit)]),
    ]);
    const ms = Date.now() - began;
    if (faults === 'missed' && ran?.code === 0) return { kind: 'missed' };
    const injected = faults === 'missed' ? [] : faults;
    const facts = await gather({ stage, run, watcher, project, ran, faults: injected, expectedTree, person });
    return { kind: 'played', ms, facts };
  } finally {
    await watcher.close();
    await cancelRun(stage, run, command, done);
  }
}

/** Cancels a run that has not completed, so that it does not disturb the next one. */
async function cancelRun(stage: Stage, run: string, command: Command, done: Promise<Ran>): Promise<void> {
  const ended = await Promise.race([done, delay(0, null)]);
  if (ended?.code === 0) return;
  command.giveUp();
  const cancel = stage.start(['cancel', run]);
  await Promise.race([cancel.done, delay(30_000, null, { ref: false })]);
  cancel.process.kill('SIGKILL');
}

function untilAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

async function injectAll(
  scene: Scene,
  faults: readonly Fault[],
  command: Command,
  random: Random,
): Promise<InjectedFault[] | 'missed'> {
  const injected: InjectedFault[] = [];
  for (const fault of inOrder(faults)) {
    try {
      injected.push(await injectFault(scene, fault, command, random.chance(0.5)));
    } catch (error) {
      if (!scene.over.aborted && !scene.limit.aborted) throw error;
      // A random time may be after the run's end. A named step that was not reached was not tested.
      if (typeof fault.moment === 'string' || injected.length === 0) return 'missed';
    }
  }
  return injected;
}

/** Sorts faults at random times by their time, which counts from the run's start. */
function inOrder(faults: readonly Fault[]): readonly Fault[] {
  const time = ({ moment }: Fault) => (typeof moment === 'string' ? 0 : moment.afterMs);
  return faults.toSorted((a, b) => time(a) - time(b));
}

async function injectFault(
  scene: Scene,
  fault: Fault,
  command: Command,
  lost: boolean,
): Promise<InjectedFault> {
  const { stage, limit } = scene;
  const reached = await reach(fault.moment, scene);
  await stage.noteWorker();
  const at = Date.now();
  const common = { victims: fault.victims, way: fault.way, delayedFrom: reached.delayedFrom ?? at, at };
  try {
    if (fault.way === 'kill') {
      await Promise.all(fault.victims.map((victim) => killOne(stage, victim, command)));
      const doneAt = Date.now();
      await reached.release({ lost });
      if (isPersons(fault.moment)) command.personIsDone();
      return { ...common, doneAt, backAt: await waitForReturn(stage, fault.victims, at, limit) };
    }
    const wakes = await Promise.all(fault.victims.map((victim) => pauseOne(stage, victim, command)));
    const doneAt = Date.now();
    await reached.release({ lost });
    const dismiss = fault.relief === true ? await stage.addWorker() : null;
    await delay(PAUSE_MS);
    for (const wake of wakes) wake();
    const backAt = Date.now();
    // The second worker stays until the paused one has noticed the take-over, and then hands over its own work.
    await dismiss?.();
    return { ...common, doneAt, backAt };
  } catch (error) {
    await reached.release({ lost: false });
    throw error;
  }
}

async function killOne(stage: Stage, victim: Victim, command: Command): Promise<void> {
  if (victim !== 'command') return killPart(stage.home, victim);
  command.kill();
  stage.killUp();
}

async function pauseOne(stage: Stage, victim: Victim, command: Command): Promise<() => void> {
  if (victim !== 'command') return pausePart(stage.home, victim);
  const wakes = [command.pause(), stage.pauseUp()];
  return () => {
    for (const wake of wakes) wake();
  };
}

/** The part that must be running again before the victim's work can continue; null when nothing waits for the victim. */
function neededAfter(victim: Victim): string | null {
  switch (victim) {
    case 'worker':
    case 'host':
      return 'worker';
    case 'postgres':
    case 'temporal':
      return victim;
    case 'notifier':
    case 'command':
    case 'launcher':
      return null;
  }
}

async function waitForReturn(
  stage: Stage,
  victims: readonly Victim[],
  at: number,
  limit: AbortSignal,
): Promise<number | null> {
  const parts = victims.map(neededAfter).filter((part) => part !== null);
  if (parts.length === 0) return null;
  const backAt = () =>
    parts.map((part) => stage.startsOfParts().find((coming) => coming.part === part && coming.at > at)?.at);
  while (backAt().some((time) => time === undefined)) {
    if (limit.aborted) return null;
    await delay(50);
  }
  return Math.max(...backAt().map((time) => time ?? 0));
}
