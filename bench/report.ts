/** Formats the figures as a table, each beside its target. */
import type { FloorFigures, RunFigures } from './figures.js';

/** A run and the floor, measured one after the other. */
export interface Round {
  readonly run: RunFigures;
  readonly floor: FloorFigures;
}

/** All figures of `npm run bench`. */
export interface Figures extends Round {
  readonly memoryKiB: number;
  readonly startMs: number;
}

/** The targets, for two cores without other load and a concurrency of 100. */
const TARGETS = {
  tasksPerSecond: 10,
  ratioToFloor: 2,
  memoryKiB: 400,
  events: 20,
  bytes: 2048,
  startMs: 5000,
};

/** Processor time per task of all services together, divided by that of the floor. */
export function ratioOf({ run, floor }: Round): number {
  return sum(run.processorMs) / sum(floor.processorMs);
}

function sum(processorMs: Readonly<Record<string, number>>): number {
  return Object.values(processorMs).reduce((total, ms) => total + ms, 0);
}

/** Formats the figures for a person. */
export function tableOf(figures: Figures): string {
  const { run, floor, memoryKiB, startMs } = figures;
  const ratio = ratioOf(figures);
  const { processorMs: spent } = run;
  return [
    row('', 'Leadwright', 'floor', 'target'),
    row(
      'tasks a second',
      run.tasksPerSecond,
      floor.tasksPerSecond,
      least(run.tasksPerSecond, TARGETS.tasksPerSecond),
    ),
    row('processor ms a task', sum(spent), sum(floor.processorMs)),
    row('  Temporal server', spent.temporal, floor.processorMs.temporal),
    row('  worker, git, tests', spent.worker, floor.processorMs.worker),
    row('  PostgreSQL', spent.postgres),
    row('  notifier', spent.notifier),
    row('  over the floor', ratio, 1, most(ratio, TARGETS.ratioToFloor)),
    row('KiB an open agent', memoryKiB, '', most(memoryKiB, TARGETS.memoryKiB)),
    row("lead's events a task", run.events, '', most(run.events, TARGETS.events)),
    row("lead's bytes a task", run.bytes, '', most(run.bytes, TARGETS.bytes)),
    row('ms to the first task', startMs, '', most(startMs, TARGETS.startMs)),
  ].join('\n');
}

type Cell = string | number;

function row(label: string, ours: Cell, floor: Cell = '', target = ''): string {
  return `${label.padEnd(22)}${cell(ours)}${cell(floor)}  ${target}`.trimEnd();
}

function cell(value: Cell): string {
  return (typeof value === 'string' ? value : round(value)).padStart(12);
}

function round(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

function least(value: number, target: number): string {
  return `at least ${target}: ${value >= target ? 'met' : 'missed'}`;
}

function most(value: number, target: number): string {
  return `at most ${target}: ${value <= target ? 'met' : 'missed'}`;
}
