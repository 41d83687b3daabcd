/** The rows of the kill matrix: which victims are hit, how, and when. */
import { Random } from './random.js';
import { MOMENTS, PERSONS_MOMENTS, type Moment, type NamedMoment } from './moments.js';
import type { Victim } from './victims.js';

export interface Fault {
  readonly victims: readonly Victim[];
  readonly way: 'kill' | 'pause';
  readonly moment: Moment;
  /** While the victims are paused, a second worker joins and takes over. */
  readonly relief?: boolean;
}

/** One run with its faults, one after the other. */
export interface Row {
  /** Rows with the same name share one line of the table. */
  readonly name: string;
  readonly faults: readonly Fault[];
}

/**
 * The moments of one or two kills per run, an early one and a late one. Each moment occurs once, so that each victim is killed
 * at each moment.
 */
const KILLS: readonly (readonly NamedMoment[])[] = [
  ['start', 'report'],
  ['claim', 'verify'],
  ['asked', 'lead'],
  ['answering', 'publish'],
  ['store', 'landing'],
  ['apply', 'verdict'],
  ['edit', 'command'],
  ['result', 'test'],
  ['mcp'],
];

/** Where a pause reveals more than a kill. A pause takes thirteen seconds, so other moments are left to random rows. */
const PAUSES: readonly { readonly victims: readonly Victim[]; readonly moments: readonly NamedMoment[] }[] = [
  { victims: ['worker'], moments: ['claim', 'report'] },
  { victims: ['worker'], moments: ['asked', 'landing'] },
  { victims: ['worker'], moments: ['store', 'verdict'] },
  { victims: ['worker'], moments: ['apply', 'test'] },
  { victims: ['postgres'], moments: ['asked', 'test', 'verify'] },
  { victims: ['temporal'], moments: ['apply', 'lead'] },
  { victims: ['worker', 'temporal'], moments: ['asked'] },
  { victims: ['notifier', 'command'], moments: ['asked'] },
];

/** Where a worker that was paused too long continues after another worker has taken over its work. */
const RELIEVED: readonly (readonly NamedMoment[])[] = [['asked', 'test'], ['store', 'landing'], ['apply']];

/** Two victims at once, or all of them. */
const TOGETHER: readonly { readonly victims: readonly Victim[]; readonly moment: NamedMoment }[] = [
  { victims: ['worker', 'temporal'], moment: 'asked' },
  { victims: ['worker', 'postgres'], moment: 'store' },
  { victims: ['postgres', 'temporal'], moment: 'landing' },
  { victims: ['host', 'command'], moment: 'test' },
  { victims: ['worker', 'postgres', 'temporal', 'notifier'], moment: 'apply' },
  { victims: ['host', 'worker', 'postgres', 'temporal', 'notifier', 'command'], moment: 'verdict' },
  { victims: ['worker', 'temporal'], moment: 'question' },
  { victims: ['worker', 'temporal'], moment: 'skipped' },
];

/** The fixed part of the matrix. */
export function matrix(): Row[] {
  return [
    ...(['worker', 'postgres', 'temporal', 'host'] as const).flatMap((victim) =>
      KILLS.map((moments) => row([victim], 'kill', moments)),
    ),
    // The run waits for neither the notifier nor the command, so it may end before a third notifier has started. Hence
    // three rows for the notifier.
    row(['notifier'], 'kill', ['start', 'asked']),
    row(['notifier'], 'kill', ['test', 'publish']),
    row(['notifier'], 'kill', ['report']),
    row(['command'], 'kill', ['start', 'asked', 'landing', 'report']),
    // While git prepares a turn, while it works on what an agent changed, and while a command runs.
    row(['launcher'], 'kill', ['start', 'edit', 'test']),
    row(['launcher'], 'kill', ['asked', 'command', 'landing']),
    row(['launcher'], 'kill', ['apply', 'publish', 'verify']),
    // With it ends the MCP server, which has answered a call.
    row(['launcher'], 'kill', ['mcp']),
    ...PAUSES.map(({ victims, moments }) => row(victims, 'pause', moments)),
    ...RELIEVED.map((moments) => relieved(moments)),
    ...TOGETHER.map(({ victims, moment }) => row(victims, 'kill', [moment])),
  ];
}

function row(victims: readonly Victim[], way: Fault['way'], moments: readonly NamedMoment[]): Row {
  const faults = moments.map((moment) => ({ victims, way, moment }));
  return { name: nameOf(victims, way, namesOf(moments)), faults };
}

function relieved(moments: readonly NamedMoment[]): Row {
  const { name, faults } = row(['worker'], 'pause', moments);
  return {
    name: `${name}, relieved by another`,
    faults: faults.map((each) => ({ ...each, relief: true })),
  };
}

function namesOf(moments: readonly NamedMoment[]): string {
  return moments.map((moment) => ({ ...MOMENTS, ...PERSONS_MOMENTS })[moment]).join(', ');
}

function nameOf(victims: readonly Victim[], way: Fault['way'], moment: string): string {
  const who = victims.length > 4 ? 'everything' : victims.join(' + ');
  return `${way} ${who}: ${moment}`;
}

const SERVICES = ['worker', 'launcher', 'postgres', 'temporal', 'notifier', 'host', 'command'] as const;

/** Whether all faults of a row come at random times, and none at a named moment. */
export function isRandom({ faults }: Row): boolean {
  return faults.every(({ moment }) => typeof moment !== 'string');
}

/** A random row: two or three faults at any time within `lengthMs`, the length of an undisturbed run. */
export function randomRow(seed: number, number: number, lengthMs: number): Row {
  const random = new Random(seed, 'random', number);
  const fault = (): Fault => {
    const victims: Victim[] = [random.pick(SERVICES)];
    const other = random.pick(SERVICES);
    if (random.chance(0.3) && !victims.includes(other)) victims.push(other);
    const pausable = victims.every((victim) => victim !== 'host' && victim !== 'command');
    const way = pausable && random.chance(0.15) ? 'pause' : 'kill';
    return { victims, way, moment: { afterMs: random.below(lengthMs) } };
  };
  return { name: 'two or three, at random', faults: Array.from({ length: 2 + random.below(2) }, fault) };
}
