/**
 * `npm run bench:many`: how one worker copes with many agents at once, with many tasks, and with two runs of very different
 * sizes. On the real stack, in a temporary home. The exit code is 1 when a goal is missed.
 */
import { Command, Option } from 'commander';
import { count } from './count.js';
import { benchmark, reportOf, say, type Row } from './main.js';
import { measureAgents, measureFairness, measureTasks, type ManyFigures } from './many-figures.js';
import { modelName, unevenModel } from './project.js';
import type { Stage } from './stage.js';

const PARTS = ['agents', 'tasks', 'fairness'] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly part?: Part;
  readonly agents: number;
  readonly modelMs: number;
  readonly tasks: number;
  readonly concurrency: number;
  readonly others: number;
  readonly json?: boolean;
}

/** The goals, for two cores without other load. */
const GOALS = {
  agentSeconds: 60,
  agentKiB: 200,
  lastOverFirst: 1.2,
  historyEvents: 10_000,
  /** Tasks take up to three seconds of model time, so a lead that waited for the slowest would start nothing as long. */
  pauseSeconds: 3,
  besideOverAlone: 2,
};

/** Files that the tasks change in turn, so that the tree does not grow. Far more than the tasks that run at once. */
const FILES = 250;
/** The longest answer in the part with many tasks: answers differ in length, as those of real models do. */
const LONGEST_ANSWER_MS = 3_000;

async function bench(stage: Stage, options: Options, files: number): Promise<ManyFigures> {
  const { tasks, concurrency, agents, modelMs, others } = options;
  const includes = (part: Part) => options.part === undefined || options.part === part;
  say('first start in a new home …');
  await stage.run({ tasks: 5, concurrency: 5, model: modelName(0) });
  return stage.withStack(async (stack) => {
    // A worker's first tasks load code that all tasks use.
    await stage.run({ tasks: 20, concurrency: 20, model: modelName(200) });
    return {
      ...(includes('fairness')
        ? { fairness: await measureFairness(stage, stack, { tasks: others, concurrency }) }
        : {}),
      ...(includes('agents') ? { agents: await measureAgents(stage, stack, { agents, modelMs }) } : {}),
      ...(includes('tasks')
        ? {
            tasks: await measureTasks(stage, stack, {
              tasks,
              concurrency,
              model: unevenModel(LONGEST_ANSWER_MS),
              files,
            }),
          }
        : {}),
    };
  });
}

function report({ agents: wanted, tasks: total }: Options, { agents, tasks, fairness }: ManyFigures) {
  const rows: Row[] = [];
  if (agents !== undefined) {
    const { seconds, mostAtOnce, kiB } = agents;
    rows.push(
      ['agents at once', `${mostAtOnce} of ${wanted}`, mostAtOnce >= wanted],
      atMost('  seconds from first to last', seconds, GOALS.agentSeconds),
      atMost('  worker KiB each', kiB, GOALS.agentKiB),
    );
  }
  if (tasks !== undefined) {
    const ended = `${tasks.completed} of ${total}, the run is ${tasks.status}`;
    rows.push(
      ['tasks completed', ended, tasks.completed === total && tasks.status === 'completed'],
      ['  tasks a second', tasks.tasksPerSecond.toFixed(1), true],
      ['  processor ms a task, first', tasks.firstMs.toFixed(1), true],
      ['  processor ms a task, last', tasks.lastMs.toFixed(1), true],
      atMost('  last over first', tasks.lastMs / tasks.firstMs, GOALS.lastOverFirst),
      atMost('  longest history, events', tasks.events, GOALS.historyEvents),
      ['  continue-as-new of the lead', String(tasks.continueAsNews), true],
      atMost('  longest pause between starts, s', tasks.pauseSeconds, GOALS.pauseSeconds),
    );
  }
  if (fairness !== undefined) {
    const { aloneSeconds, besideSeconds } = fairness;
    rows.push(
      ['one task alone, s', aloneSeconds.toFixed(1), true],
      ['  beside a large run, s', besideSeconds.toFixed(1), true],
      atMost('  beside over alone', besideSeconds / aloneSeconds, GOALS.besideOverAlone),
    );
  }
  return reportOf(rows, 36);
}

function atMost(label: string, value: number, goal: number): Row {
  return [label, `${value.toFixed(value < 100 ? 1 : 0)}, at most ${goal}`, value <= goal];
}

const command = new Command('bench:many')
  .description('Measures a thousand agents at once, ten thousand tasks, and a small run beside a large one.')
  .addOption(new Option('--part <name>', 'measure only this').choices(PARTS))
  .option('--agents <n>', 'agents at once', count, 1_000)
  .option('--model-ms <n>', 'response time of their model', count, 20_000)
  .option('--tasks <n>', 'tasks of the long run', count, 10_000)
  .option('--concurrency <n>', 'tasks at once in the long run and in the large one', count, 400)
  .option('--others <n>', 'tasks of the large run beside the small one', count, 1_000)
  .option('--json', 'print the figures as JSON')
  .parse();
const options = command.opts<Options>();
const files = Math.max(FILES, 2 * options.concurrency);
await benchmark({ ...options, files }, async (stage) => {
  const figures = await bench(stage, options, files);
  return { figures, ...report(options, figures) };
});
