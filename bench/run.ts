/**
 * `npm run bench`: the cost of a task. The trivial case compares it with the floor, which is the cost of the same shape on
 * Temporal alone; the pytest case with a plain program that does the same without durability; the case of a day measures
 * what a person waits for. Everything runs in a
 * temporary home that is removed at the end.
 */
import { Command, Option } from 'commander';
import { count } from './count.js';
import { measureFloor, measureMemory, measureRun, measureStart, WARM_UP_TASKS } from './figures.js';
import { measureDay, type DayFigures } from './day.js';
import { benchmark, say } from './main.js';
import { median, medianRound } from './median.js';
import { modelName } from './project.js';
import { measurePytest, findMissingPytest, type PytestRound } from './pytest-case.js';
import { makePytestProject } from './pytest-project.js';
import {
  compareWithFloor,
  compareWithPlain,
  tableOfDay,
  tableOfPytest,
  tableOfTrivial,
  type PytestFigures,
  type Round,
  type TrivialFigures,
} from './report.js';
import { countStatements, readStatements, resetStatements } from './statements.js';
import type { Stage, OpenStack } from './stage.js';

/** `both`: those two that compare. */
const CASES = ['trivial', 'pytest', 'both', 'day'] as const;

interface Options {
  readonly tasks: number;
  readonly concurrency: number;
  readonly agents: number;
  readonly rounds: number;
  readonly case: (typeof CASES)[number];
  readonly pytestTasks: number;
  readonly pytestConcurrency: number;
  readonly statements?: boolean;
  readonly json?: boolean;
}

interface Figures {
  readonly day?: DayFigures;
  readonly trivial?: TrivialFigures;
  readonly pytest?: PytestFigures;
}

/** The model's response time: long compared with the steps around it, short compared with a real model. */
const MODEL_MS = 200;

async function bench(options: Options, stage: Stage): Promise<Figures> {
  const missing = options.case === 'pytest' || options.case === 'both' ? await findMissingPytest() : null;
  if (missing !== null && options.case === 'pytest') throw missing;
  say('first start in a new home …');
  await stage.run({ tasks: 5, concurrency: 5, model: modelName(0) });
  if (options.case === 'day') {
    say(`starts and status, ${options.rounds} times each …`);
    return { day: await measureDay(stage, options.rounds) };
  }
  if (options.statements === true) await countStatements(stage);
  const trivial = options.case === 'pytest' ? {} : { trivial: await measureTrivial(options, stage) };
  if (missing !== null) say(`left out: ${missing.message} ${missing.fix}`);
  if (missing !== null || options.case === 'trivial') return trivial;
  return { ...trivial, pytest: await measurePytestRounds(options, stage) };
}

async function measureTrivial(options: Options, stage: Stage): Promise<TrivialFigures> {
  say('a warm start …');
  const startMs = await measureStart(stage);
  return stage.withStack(async (stack) => {
    await warmUp(stage);
    say(`${options.agents} open agents …`);
    const memoryKiB = await measureMemory(stage, stack, options.agents);
    if (options.statements === true) await resetStatements(stack);
    const rounds: Round[] = [];
    while (rounds.length < options.rounds) {
      say(`round ${rounds.length + 1} of ${options.rounds}: ${options.tasks} tasks, then the floor …`);
      rounds.push(await measureRound(stage, stack, options));
    }
    const comparison = compareWithFloor(rounds);
    const round = medianRound(rounds, ({ run }) => run.tasksPerSecond);
    const statements =
      options.statements === true
        ? { statements: await readStatements(stack, options.rounds * options.tasks) }
        : {};
    return { startMs, ...round, memoryKiB, comparison, ...statements };
  });
}

/** A worker's first tasks load code that all tasks use. */
async function warmUp(stage: Stage): Promise<void> {
  await stage.run({ tasks: WARM_UP_TASKS, concurrency: WARM_UP_TASKS, model: modelName(MODEL_MS) });
}

/** Measures a run and the floor one after the other, so that other work on the machine slows both. */
async function measureRound(stage: Stage, stack: OpenStack, options: Options): Promise<Round> {
  const { tasks, concurrency } = options;
  return {
    run: await measureRun(stage, stack, { tasks, concurrency, model: modelName(MODEL_MS) }),
    floor: await measureFloor(stage, stack, { tasks, concurrency }),
  };
}

async function measurePytestRounds(options: Options, stage: Stage): Promise<PytestFigures> {
  const size = { tasks: options.pytestTasks, concurrency: options.pytestConcurrency, modelMs: MODEL_MS };
  const project = await makePytestProject(stage.folder, size.tasks);
  return stage.withStack(async (stack) => {
    await warmUp(stage);
    const rounds: PytestRound[] = [];
    while (rounds.length < options.rounds) {
      say(`round ${rounds.length + 1} of ${options.rounds}: ${size.tasks} pytests, then the plain program …`);
      rounds.push(await measurePytest(stage, stack, project, size));
    }
    return {
      ...medianRound(rounds, ({ run }) => run.tasksPerSecond),
      comparison: compareWithPlain(rounds),
      beyondTasksMs: median(rounds.map(({ run }) => run.beyondTasksMs)),
    };
  });
}

const command = new Command('bench')
  .description('Measures the cost of a task, compared with Temporal alone and with a plain program.')
  .option('--tasks <n>', 'tasks of the measured run', count, 300)
  .option('--concurrency <n>', 'tasks at once', count, 100)
  .option('--agents <n>', 'open agents whose memory is measured', count, 200)
  .option('--rounds <n>', 'how often each is measured; ratios are medians over all rounds', count, 1)
  .addOption(new Option('--case <name>', 'what to measure').choices(CASES).default('trivial'))
  .option('--pytest-tasks <n>', 'modules of the pytest case', count, 100)
  .option('--pytest-concurrency <n>', 'tasks at once in the pytest case', count, 10)
  .option('--statements', 'also print which statements took PostgreSQL longest, in the trivial case')
  .option('--json', 'print the figures as JSON')
  .parse();
const options = command.opts<Options>();
await benchmark(options, async (stage) => {
  const { day, trivial, pytest } = await bench(options, stage);
  const tables = [
    ...(day === undefined ? [] : [tableOfDay(day)]),
    ...(trivial === undefined ? [] : [tableOfTrivial(trivial)]),
    ...(pytest === undefined ? [] : [tableOfPytest(pytest)]),
  ];
  return { figures: { ...trivial, pytest, day }, text: tables.join('\n\n'), ok: true };
});
