/** One row of the matrix, played on a stage: a run, its strikes, and what it came to. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Ran } from '../support/cli.js';
import { Command } from './command.js';
import { gather } from './gather.js';
import type { Facts, Struck } from './facts.js';
import type { Row, Strike } from './matrix.js';
import { isPersons, reach, type Scene } from './moments.js';
import { chaosProject } from './project.js';
import type { Random } from './random.js';
import type { Stage } from './stage.js';
import { killPart, PAUSE_MS, pausePart, type Victim } from './victims.js';
import { Watcher } from './watcher.js';

/** A run of seconds, up to four strikes that each cost half a minute at worst, on a machine that is busy. */
const LIMIT_MS = 180_000;

/** What was seen; `missed` when the run was over before a moment came: it says nothing then. */
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
  await stage.comeUp();
  const person = row.strikes.some(({ moment }) => isPersons(moment));
  stage.model.learn(run, { person });
  const project = chaosProject(stage.folder, run, stage.sleepersOf(run));
  const watcher = new Watcher(stage.home, run);
  const over = new AbortController();
  const limit = AbortSignal.timeout(LIMIT_MS);
  const began = Date.now();
  const command = new Command(stage, ['run', ...project.options, '--id', run, '--json'], { person });
  const done = command.done().finally(() => over.abort());
  try {
    const scene = { stage, run, watcher, over: over.signal, limit };
    const [strikes, ran] = await Promise.all([
      strikeAll(scene, row.strikes, command, random),
      Promise.race([done, untilAborted(limit)]),
    ]);
    const ms = Date.now() - began;
    if (strikes === 'missed' && ran?.code === 0) return { kind: 'missed' };
    const struck = strikes === 'missed' ? [] : strikes;
    const facts = await gather({ stage, run, watcher, project, ran, strikes: struck, expectedTree, person });
    return { kind: 'played', ms, facts };
  } finally {
    await watcher.close();
    await abandon(stage, run, command, done);
  }
}

/** A run that does not end must not disturb the next one. */
async function abandon(stage: Stage, run: string, command: Command, done: Promise<Ran>): Promise<void> {
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

async function strikeAll(
  scene: Scene,
  strikes: readonly Strike[],
  command: Command,
  random: Random,
): Promise<Struck[] | 'missed'> {
  const struck: Struck[] = [];
  for (const strike of inOrder(strikes)) {
    try {
      struck.push(await strikeOnce(scene, strike, command, random.chance(0.5)));
    } catch (error) {
      if (!scene.over.aborted && !scene.limit.aborted) throw error;
      // A time by chance may lie behind the run's end; a step that was not met was not tested.
      if (typeof strike.moment === 'string' || struck.length === 0) return 'missed';
    }
  }
  return struck;
}

/** Times by chance count from the run's start: the earlier comes first. */
function inOrder(strikes: readonly Strike[]): readonly Strike[] {
  const time = ({ moment }: Strike) => (typeof moment === 'string' ? 0 : moment.afterMs);
  return strikes.toSorted((a, b) => time(a) - time(b));
}

async function strikeOnce(scene: Scene, strike: Strike, command: Command, lost: boolean): Promise<Struck> {
  const { stage, limit } = scene;
  const reached = await reach(strike.moment, scene);
  await stage.noteWorker();
  const at = Date.now();
  const told = { victims: strike.victims, way: strike.way, heldFrom: reached.heldFrom ?? at, at };
  try {
    if (strike.way === 'kill') {
      await Promise.all(strike.victims.map((victim) => killOne(stage, victim, command)));
      const doneAt = Date.now();
      await reached.letGo({ lost });
      if (isPersons(strike.moment)) command.personIsDone();
      return { ...told, doneAt, backAt: await comeBack(stage, strike.victims, at, limit) };
    }
    const wakes = await Promise.all(strike.victims.map((victim) => pauseOne(stage, victim, command)));
    const doneAt = Date.now();
    await reached.letGo({ lost });
    const dismiss = strike.relief === true ? await stage.addWorker() : null;
    await delay(PAUSE_MS);
    for (const wake of wakes) wake();
    const backAt = Date.now();
    // It stays until the other has found out, and ends as a worker does: what it has is handed over.
    await dismiss?.();
    return { ...told, doneAt, backAt };
  } catch (error) {
    await reached.letGo({ lost: false });
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

/** Which part has to come up again before what a victim did can go on; null for one that nothing waits for. */
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
      return null;
  }
}

async function comeBack(
  stage: Stage,
  victims: readonly Victim[],
  at: number,
  limit: AbortSignal,
): Promise<number | null> {
  const parts = victims.map(neededAfter).filter((part) => part !== null);
  if (parts.length === 0) return null;
  const backAt = () =>
    parts.map((part) => stage.comings().find((coming) => coming.part === part && coming.at > at)?.at);
  while (backAt().some((time) => time === undefined)) {
    if (limit.aborted) return null;
    await delay(50);
  }
  return Math.max(...backAt().map((time) => time ?? 0));
}
