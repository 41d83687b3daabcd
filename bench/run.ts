/**
 * `npm run bench`: the cost of a task, compared with the floor, which is the cost of the same shape on Temporal alone.
 * Everything runs in a temporary home that is removed at the end.
 */
import { Command } from 'commander';
import { count } from './count.js';
import { measureFloor, measureMemory, measureRun, measureStart } from './figures.js';
import { ratioOf, tableOf, type Figures, type Round } from './report.js';
import { benchmark, say } from './main.js';
import type { Stage, OpenStack } from './stage.js';

interface Options {
  readonly tasks: number;
  readonly concurrency: number;
  readonly agents: number;
  readonly rounds: number;
  readonly json?: boolean;
}

/** The model's response time: long compared with the steps around it, short compared with a real model. */
const MODEL_MS = 200;

async function bench(options: Options, stage: Stage): Promise<Figures> {
  say('first start in a new home …');
  await stage.run({ tasks: 5, concurrency: 5, modelMs: 0 });
  say('a warm start …');
  const startMs = await measureStart(stage);
  return stage.withStack(async (stack) => {
    // Warm-up: a worker's first tasks load code that all tasks use.
    await stage.run({ tasks: 20, concurrency: 20, modelMs: MODEL_MS });
    say(`${options.agents} open agents …`);
    const memoryKiB = await measureMemory(stage, stack, options.agents);
    const rounds: Round[] = [];
    while (rounds.length < options.rounds) {
      say(`round ${rounds.length + 1} of ${options.rounds}: ${options.tasks} tasks, then the floor …`);
      rounds.push(await measureRound(stage, stack, options));
    }
    return { ...medianRound(rounds), memoryKiB, startMs };
  });
}

/** Measures a run and the floor one after the other, so that other work on the machine slows both. */
async function measureRound(stage: Stage, stack: OpenStack, options: Options): Promise<Round> {
  const { tasks, concurrency } = options;
  return {
    run: await measureRun(stage, stack, { tasks, concurrency, modelMs: MODEL_MS }),
    floor: await measureFloor(stage, stack, { tasks, concurrency }),
  };
}

/** The round whose ratio to the floor is the median, so that all figures shown belong together. */
function medianRound(rounds: readonly Round[]): Round {
  const sorted = [...rounds].sort((a, b) => ratioOf(a) - ratioOf(b));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('there was no round');
  return middle;
}

const command = new Command('bench')
  .description('Measures the cost of a task, compared with the floor: Temporal alone in the same shape.')
  .option('--tasks <n>', 'tasks of the measured run', count, 300)
  .option('--concurrency <n>', 'tasks at once', count, 100)
  .option('--agents <n>', 'open agents whose memory is measured', count, 200)
  .option(
    '--rounds <n>',
    'how often run and floor are measured; the round with the median ratio is shown',
    count,
    1,
  )
  .option('--json', 'print the figures as JSON')
  .parse();
const options = command.opts<Options>();
await benchmark(options, async (stage) => {
  const figures = await bench(options, stage);
  return { figures, text: tableOf(figures), ok: true };
});
