/** The rows of the kill matrix: who is struck, how, and when. */
import { Random } from './random.js';
import { MOMENTS, PERSONS_MOMENTS, type Moment, type NamedMoment } from './moments.js';
import type { Victim } from './victims.js';

export interface Fault {
  readonly victims: readonly Victim[];
  readonly way: 'kill' | 'pause';
  readonly moment: Moment;
  /** While the victims sleep a second worker joins, and takes over. */
  readonly relief?: boolean;
}

/** One run with its faults, one after the other. */
export interface Row {
  /** Rows of one name are one line of the table. */
  readonly name: string;
  readonly faults: readonly Fault[];
}

/**
 * One run has room for two deaths: an early step's and a late one's. Each moment is there once, so that each is met with
 * each victim.
 */
const KILLS: readonly (readonly NamedMoment[])[] = [
  ['start', 'report'],
  ['claim', 'verify'],
  ['asked', 'lead'],
  ['answering', 'publish'],
  ['store', 'landing'],
  ['apply', 'verdict'],
  ['test'],
];

/** Where a pause tells more than a kill: it costs thirteen seconds, so the other moments are left to chance. */
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

/** Where a worker that slept too long wakes to find its work in other hands. */
const RELIEVED: readonly (readonly NamedMoment[])[] = [['asked', 'test'], ['store', 'landing'], ['apply']];

/** Two at once, and all of them. */
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
    // Nothing waits for a notifier or a command. A run does not wait for a notifier either, and may be over before the
    // third one is there.
    row(['notifier'], 'kill', ['start', 'asked']),
    row(['notifier'], 'kill', ['test', 'publish']),
    row(['notifier'], 'kill', ['report']),
    row(['command'], 'kill', ['start', 'asked', 'landing', 'report']),
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

const SERVICES = ['worker', 'postgres', 'temporal', 'notifier', 'host', 'command'] as const;

/** One of a series of rows by chance: two or three faults at any time of an undisturbed run of that length. */
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
