/** The rows of the kill matrix: who is struck, how, and when. */
import { Random } from './random.js';
import { MOMENTS, type Moment, type NamedMoment } from './moments.js';
import type { Victim } from './victims.js';

export interface Strike {
  readonly victims: readonly Victim[];
  readonly way: 'kill' | 'pause';
  readonly moment: Moment;
  /** While the victims sleep a second worker joins, and takes over. */
  readonly relief?: boolean;
}

/** One run with its strikes, one after the other. */
export interface Row {
  /** Rows of one name are one line of the table. */
  readonly name: string;
  readonly strikes: readonly Strike[];
}

const ALL_MOMENTS = Object.keys(MOMENTS).filter(isMoment);

function isMoment(text: string): text is NamedMoment {
  return Object.hasOwn(MOMENTS, text);
}

/** Where a pause tells more than a kill: it costs thirteen seconds, so the other moments are left to chance. */
const PAUSES: readonly { readonly victim: Victim; readonly moments: readonly NamedMoment[] }[] = [
  { victim: 'worker', moments: ['claim', 'asked', 'store', 'apply', 'test', 'verdict', 'landing', 'report'] },
  { victim: 'postgres', moments: ['asked', 'test', 'verify'] },
  { victim: 'temporal', moments: ['asked', 'apply', 'lead'] },
  { victim: 'notifier', moments: ['asked'] },
];

/** Where a worker that slept too long wakes to find its work in other hands. */
const RELIEVED: readonly NamedMoment[] = ['asked', 'store', 'apply', 'test', 'landing'];

/** Two at once, and all of them. */
const TOGETHER: readonly { readonly victims: readonly Victim[]; readonly moment: NamedMoment }[] = [
  { victims: ['worker', 'temporal'], moment: 'asked' },
  { victims: ['worker', 'postgres'], moment: 'store' },
  { victims: ['postgres', 'temporal'], moment: 'landing' },
  { victims: ['host', 'command'], moment: 'test' },
  { victims: ['worker', 'postgres', 'temporal', 'notifier'], moment: 'apply' },
  { victims: ['host', 'worker', 'postgres', 'temporal', 'notifier', 'command'], moment: 'verdict' },
];

/** The fixed part of the matrix. */
export function matrix(): Row[] {
  return [
    ...(['worker', 'postgres', 'temporal', 'host'] as const).flatMap((victim) =>
      ALL_MOMENTS.map((moment) => row([victim], 'kill', moment)),
    ),
    // Nothing waits for a notifier or a command: one run has room for several of their deaths. A run does not wait for
    // a notifier either, and may be over before the third one is there.
    several('notifier', ['start', 'asked']),
    several('notifier', ['test', 'publish']),
    several('notifier', ['report']),
    several('command', ['start', 'asked', 'landing', 'report']),
    ...PAUSES.flatMap(({ victim, moments }) => moments.map((moment) => row([victim], 'pause', moment))),
    ...RELIEVED.map((moment) => relieved(moment)),
    ...TOGETHER.map(({ victims, moment }) => row(victims, 'kill', moment)),
  ];
}

function row(victims: readonly Victim[], way: Strike['way'], moment: NamedMoment): Row {
  return { name: nameOf(victims, way, MOMENTS[moment]), strikes: [{ victims, way, moment }] };
}

function relieved(moment: NamedMoment): Row {
  return {
    name: nameOf(['worker'], 'pause', `${MOMENTS[moment]}, relieved by another`),
    strikes: [{ victims: ['worker'], way: 'pause', moment, relief: true }],
  };
}

function several(victim: Victim, moments: readonly NamedMoment[]): Row {
  const name = nameOf([victim], 'kill', moments.map((moment) => MOMENTS[moment]).join(', '));
  return { name, strikes: moments.map((moment) => ({ victims: [victim], way: 'kill', moment })) };
}

function nameOf(victims: readonly Victim[], way: Strike['way'], moment: string): string {
  const who = victims.length > 4 ? 'everything' : victims.join(' + ');
  return `${way} ${who}: ${moment}`;
}

const SERVICES = ['worker', 'postgres', 'temporal', 'notifier', 'host', 'command'] as const;

/** One of a series of rows by chance: two or three strikes at any time of an undisturbed run of that length. */
export function randomRow(seed: number, number: number, lengthMs: number): Row {
  const random = new Random(seed, 'random', number);
  const strike = (): Strike => {
    const victims: Victim[] = [random.pick(SERVICES)];
    const other = random.pick(SERVICES);
    if (random.chance(0.3) && !victims.includes(other)) victims.push(other);
    const pausable = victims.every((victim) => victim !== 'host' && victim !== 'command');
    const way = pausable && random.chance(0.15) ? 'pause' : 'kill';
    return { victims, way, moment: { afterMs: random.below(lengthMs) } };
  };
  return { name: 'two or three, at random', strikes: Array.from({ length: 2 + random.below(2) }, strike) };
}
