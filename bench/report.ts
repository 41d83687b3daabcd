/** Formats the figures as tables, each figure beside its target. */
import type { FloorFigures, RunFigures } from './figures.js';
import type { DayFigures } from './day.js';
import { median } from './median.js';
import type { PytestRound } from './pytest-case.js';
import type { StatementFigures } from './statements.js';

/** A run and the floor, measured one after the other. */
export interface Round {
  readonly run: RunFigures;
  readonly floor: FloorFigures;
}

/** A run beside what it is compared with. Medians over all rounds. */
export interface Comparison {
  /** Tasks per second, divided by those of the other. */
  readonly rate: number;
  /** Processor time per task of all processes together, divided by that of the other. */
  readonly processor: number;
}

/** The figures of the trivial case: of the round with the median tasks per second, but for the comparison. */
export interface TrivialFigures extends Round {
  readonly startMs: number;
  readonly memoryKiB: number;
  readonly comparison: Comparison;
  /** The statements that took PostgreSQL longest (`--statements`). */
  readonly statements?: readonly StatementFigures[];
}

/** The figures of the pytest case. */
export interface PytestFigures extends PytestRound {
  readonly comparison: Comparison;
  /** Milliseconds of a run beyond its tasks' own time: the median of all rounds. */
  readonly beyondTasksMs: number;
}

/** The targets, for two cores without other load, a concurrency of 100 and medians of five rounds. */
const TARGETS = {
  rate: 0.85,
  processor: 1.5,
  memoryKiB: 200,
  leadEvents: 20,
  leadBytes: 2048,
  actions: 9,
  startMs: 5000,
};
/** The targets of the pytest case, for 100 tasks, 10 at once. */
const PYTEST_TARGETS = { rate: 0.9, processor: 1.25, beyondTasksMs: 5000 };

/** The targets of the case of a day: to the first model call, aside from the base check, and for commands that only read. */
const DAY_TARGETS = { firstCallMs: 2500, readDownMs: 1500, readUpMs: 300 };

export function compareWithFloor(rounds: readonly Round[]): Comparison {
  return compare(rounds.map(({ run, floor }) => [run, floor]));
}

export function compareWithPlain(rounds: readonly PytestRound[]): Comparison {
  return compare(rounds.map(({ run, plain }) => [ofMachine(run), ofMachine(plain)]));
}

interface Measured {
  readonly tasksPerSecond: number;
  readonly processorMs: Readonly<Record<string, number>>;
}

/** With the time of the whole machine, because that of tests in a sandbox is found nowhere else. */
function ofMachine({
  tasksPerSecond,
  machineMs,
}: Pick<RunFigures, 'tasksPerSecond' | 'machineMs'>): Measured {
  return { tasksPerSecond, processorMs: { machine: machineMs } };
}

function compare(pairs: readonly (readonly [Measured, Measured])[]): Comparison {
  return {
    rate: median(pairs.map(([ours, other]) => ours.tasksPerSecond / other.tasksPerSecond)),
    processor: median(pairs.map(([ours, other]) => sum(ours.processorMs) / sum(other.processorMs))),
  };
}

function sum(processorMs: Readonly<Record<string, number>>): number {
  return Object.values(processorMs).reduce((total, ms) => total + ms, 0);
}

/** Formats the figures of the trivial case for a person. */
export function tableOfTrivial({
  run,
  floor,
  memoryKiB,
  startMs,
  comparison,
  statements,
}: TrivialFigures): string {
  return [
    row('trivial test', 'Leadwright', 'floor', 'target'),
    ...costs(run, floor, comparison, TARGETS),
    row('  Temporal server', run.processorMs.temporal, floor.processorMs.temporal),
    row('  worker and children', run.processorMs.worker, floor.processorMs.worker),
    row('  PostgreSQL', run.processorMs.postgres),
    row('  notifier', run.processorMs.notifier),
    row('  command', run.processorMs.command),
    row('KiB an open agent', memoryKiB, '', most(memoryKiB, TARGETS.memoryKiB)),
    row("lead's events a task", run.leadEvents, '', most(run.leadEvents, TARGETS.leadEvents)),
    row("lead's bytes a task", run.leadBytes, '', most(run.leadBytes, TARGETS.leadBytes)),
    ...counts(run),
    row('ms to the first task', startMs, '', most(startMs, TARGETS.startMs)),
    ...NOTES,
    ...(statements === undefined ? [] : tableOfStatements(statements)),
  ].join('\n');
}

function tableOfStatements(statements: readonly StatementFigures[]): string[] {
  return [
    '',
    `${'calls a task'.padStart(12)}${'ms a task'.padStart(12)}  statement`,
    ...statements.map(({ statement, calls, ms }) => `${cell(calls)}${cell(ms)}  ${statement}`),
  ];
}

/** Formats the figures of the case of a day for a person. */
export function tableOfDay({ start, reads }: DayFigures): string {
  const aside = {
    down: start.down.firstCallMs - start.down.baseCheckMs,
    up: start.up.firstCallMs - start.up.baseCheckMs,
  };
  return [
    row('ms', 'stack down', 'stack up', 'target'),
    row('to the first model call', start.down.firstCallMs, start.up.firstCallMs),
    row('  of it base check', start.down.baseCheckMs, start.up.baseCheckMs),
    row('  aside from that', aside.down, aside.up, most(aside.down, DAY_TARGETS.firstCallMs)),
    ...reads.flatMap(({ command, down, up }) => [
      row(`${command}, down`, down.ms, '', most(down.ms, DAY_TARGETS.readDownMs)),
      row(`${command}, up`, '', up.ms, most(up.ms, DAY_TARGETS.readUpMs)),
      row('  processor', down.processorMs, up.processorMs),
    ]),
  ].join('\n');
}

/** Formats the figures of the pytest case for a person. */
export function tableOfPytest({ run, plain, comparison, beyondTasksMs }: PytestFigures): string {
  const beyond = beyondTasksMs / 1000;
  return [
    row('one pytest a task', 'Leadwright', 'plain', 'target'),
    ...costs(ofMachine(run), ofMachine(plain), comparison, PYTEST_TARGETS),
    row("s beyond the tasks' own", beyond, '', most(beyond, PYTEST_TARGETS.beyondTasksMs / 1000)),
    ...counts(run),
  ].join('\n');
}

function costs(
  ours: Measured,
  other: Measured,
  { rate, processor }: Comparison,
  targets: { readonly rate: number; readonly processor: number },
): string[] {
  return [
    row('tasks a second', ours.tasksPerSecond, other.tasksPerSecond),
    row('  share', rate, 1, least(rate, targets.rate)),
    row('processor ms a task', sum(ours.processorMs), sum(other.processorMs)),
    row('  share', processor, 1, most(processor, targets.processor)),
  ];
}

function counts(run: RunFigures): string[] {
  return [
    row('events a task', run.events),
    row('actions a task', run.actions, '', most(run.actions, TARGETS.actions)),
    row('  of them heartbeats', run.heartbeats),
    row('processes a task', run.processes),
  ];
}

const NOTES = [
  '',
  'Command: `leadwright run`, which follows the run.',
  'Worker: with all processes that it starts, and with the TLS relay before the Temporal server.',
  'Events and actions: of all histories of the run, the lead included. Actions are what Temporal Cloud would bill.',
  'Processes: processes and threads started on the whole machine meanwhile. Other work on the machine counts.',
];

type Cell = string | number;

function row(label: string, ours: Cell, other: Cell = '', target = ''): string {
  return `${label.padEnd(24)}${cell(ours)}${cell(other)}  ${target}`.trimEnd();
}

function cell(value: Cell): string {
  return (typeof value === 'string' ? value : round(value)).padStart(12);
}

function round(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function least(value: number, target: number): string {
  return `at least ${target}: ${value >= target ? 'met' : 'missed'}`;
}

function most(value: number, target: number): string {
  return `at most ${target}: ${value <= target ? 'met' : 'missed'}`;
}
