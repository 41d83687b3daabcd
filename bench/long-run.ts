/**
 * `npm run bench:long`: a run of thousands of trivial tasks on the real stack, in a temporary home. The exit code is 1
 * when the run does not complete, its last tasks cost more than its first, or a history or payload is too long.
 */
import { Command } from 'commander';
import { count } from './count.js';
import { computeFigures, watchRun, type LongFigures } from './long-figures.js';
import { modelName } from './project.js';
import { benchmark, reportOf, say, type Row } from './main.js';
import type { Stage } from './stage.js';

interface Options {
  readonly tasks: number;
  readonly concurrency: number;
  readonly json?: boolean;
}

/** The bounds for a long run. */
const BOUNDS = { ratio: 1.2, events: 10_000, bytes: 4 * 1024 * 1024, payload: 512 * 1024 };

/** Files that the tasks change in turn, so that the tree does not grow. Far more than the tasks that run at once. */
const FILES = 250;

async function bench(stage: Stage, { tasks, concurrency }: Options, files: number): Promise<LongFigures> {
  const run = { concurrency, model: modelName(0), files };
  say('first start in a new home …');
  await stage.run({ ...run, tasks: 5 });
  return stage.withStack(async (stack) => {
    // Warm-up: a worker's first tasks load code that all tasks use.
    await stage.run({ ...run, tasks: Math.min(50, tasks) });
    say(`${tasks} tasks, ${concurrency} at once …`);
    const id = await stage.run({ ...run, tasks }, '--detach');
    return computeFigures(stack, id, tasks, await watchRun(stack, id, say));
  });
}

function report(tasks: number, figures: LongFigures): { readonly text: string; readonly ok: boolean } {
  const ratio = figures.lastMs / figures.firstMs;
  const rows: Row[] = [
    [
      'tasks completed',
      `${figures.completed} of ${tasks}, the run is ${figures.status}`,
      figures.completed === tasks && figures.status === 'completed',
    ],
    ['tasks a second', figures.tasksPerSecond.toFixed(1), true],
    ['processor ms a task, first', figures.firstMs.toFixed(1), true],
    ['processor ms a task, last', figures.lastMs.toFixed(1), true],
    ['  last over first', `${ratio.toFixed(2)}, at most ${BOUNDS.ratio}`, ratio <= BOUNDS.ratio],
    [
      'longest history, events',
      `${figures.events}, at most ${BOUNDS.events}`,
      figures.events <= BOUNDS.events,
    ],
    ['longest history, bytes', `${figures.bytes}, at most ${BOUNDS.bytes}`, figures.bytes <= BOUNDS.bytes],
    [
      'largest payload, bytes',
      `${figures.payload}, at most ${BOUNDS.payload}`,
      figures.payload <= BOUNDS.payload,
    ],
    ['continue-as-new of the lead', String(figures.continueAsNews), true],
  ];
  return reportOf(rows, 28);
}

const command = new Command('bench:long')
  .description('Measures whether the last tasks of a long run cost as much as the first.')
  .option('--tasks <n>', 'tasks of the run', count, 5_000)
  .option('--concurrency <n>', 'tasks at once', count, 50)
  .option('--json', 'print the figures as JSON')
  .parse();
const options = command.opts<Options>();
const files = Math.max(FILES, 2 * options.concurrency);
await benchmark({ ...options, files }, async (stage) => {
  const figures = await bench(stage, options, files);
  return { figures, ...report(options.tasks, figures) };
});
