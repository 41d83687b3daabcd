/**
 * `npm run bench:events`: many WebSocket clients on one busy run, and how much they slow another run that mostly waits
 * for its model. Everything runs in a temporary home that is removed at the end. The exit code is 1 when a bound is
 * missed.
 */
import { Command } from 'commander';
import { count } from './count.js';
import { measureUnderLoad, type LoadFigures } from './event-load.js';
import { modelName } from './project.js';
import { benchmark, reportOf, say, type Row } from './main.js';
import type { Stage, OpenStack } from './stage.js';

interface Options {
  readonly clients: number;
  readonly rate: number;
  readonly tasks: number;
  readonly rounds: number;
  readonly json?: boolean;
}

/** The bounds for the notifier, on two cores. */
const BOUNDS = { p99Ms: 100, ratio: 1.05 };

/** A run that mostly waits for its model: its agents read twice before they submit. */
const MODEL = { concurrency: 10, model: modelName(2_000, 3) };

/** One run without the load and one under it, one after the other, so that other work on the machine slows both. */
interface Round {
  readonly freeS: number;
  readonly loadedS: number;
  readonly load: LoadFigures;
}

async function bench(stage: Stage, options: Options): Promise<Round[]> {
  say('first start in a new home …');
  await stage.run({ tasks: 5, concurrency: 5, model: modelName(0) });
  return stage.withStack(async (stack) => {
    // Warm-up: a worker's first tasks load code that all tasks use.
    await stage.run({ tasks: 20, concurrency: 10, model: modelName(200) });
    const rounds: Round[] = [];
    while (rounds.length < options.rounds) {
      say(`round ${rounds.length + 1} of ${options.rounds}: ${options.tasks} tasks …`);
      const freeS = await timeRun(stage, stack, options.tasks);
      say(`the same, with ${options.clients} clients and ${options.rate} events a second …`);
      const { result: loadedS, load } = await measureUnderLoad(stack, stage.home, options, () =>
        timeRun(stage, stack, options.tasks),
      );
      rounds.push({ freeS, loadedS, load });
    }
    return rounds;
  });
}

/** The duration of a run in seconds, from its record, so that the command's own time is not included. */
async function timeRun(stage: Stage, { db }: OpenStack, tasks: number): Promise<number> {
  const id = await stage.run({ tasks, ...MODEL });
  const { rows } = await db.query<{ seconds: number }>(
    'SELECT extract(epoch FROM finished_at - created_at)::float8 AS seconds FROM runs WHERE id = $1',
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`the run ${id} left no record`);
  return row.seconds;
}

const ratioOf = ({ freeS, loadedS }: Round) => loadedS / freeS;

/** The round whose ratio is the median, so that all figures shown belong together. */
function medianRound(rounds: readonly Round[]): Round {
  const sorted = [...rounds].sort((a, b) => ratioOf(a) - ratioOf(b));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('there was no round');
  return middle;
}

function report(round: Round, { rate }: Options): { readonly text: string; readonly ok: boolean } {
  const { load, freeS, loadedS } = round;
  const ratio = ratioOf(round);
  const reached = load.written / load.seconds;
  const rows: Row[] = [
    ['events a second', `${reached.toFixed(1)} of ${rate}`, reached >= 0.97 * rate],
    ['messages arrived', String(load.arrived), load.arrived === load.clients * load.written],
    [
      'clients with every event, in order',
      `${load.complete} of ${load.clients}`,
      load.complete === load.clients,
    ],
    ['commit to arrival, p50', `${load.p50Ms} ms`, true],
    ['  p99', `${load.p99Ms} ms, at most ${BOUNDS.p99Ms}`, load.p99Ms <= BOUNDS.p99Ms],
    ['  longest', `${load.longestMs} ms`, true],
    ['run that waits for its model, alone', `${freeS.toFixed(1)} s`, true],
    ['  under the load', `${loadedS.toFixed(1)} s`, true],
    ['  ratio', `${ratio.toFixed(3)}, at most ${BOUNDS.ratio}`, ratio <= BOUNDS.ratio],
    ['processor: notifier', `${load.processor.notifier.toFixed(0)} % of a core`, true],
    ['  PostgreSQL, both runs', `${load.processor.postgres.toFixed(0)} %`, true],
    ['  writer of the events', `${load.processor.writer.toFixed(0)} %`, true],
    ['  the clients themselves', `${load.processor.clients.toFixed(0)} %`, true],
  ];
  return reportOf(rows, 38);
}

const command = new Command('bench:events')
  .description('Measures many clients on one busy run, and how much they slow another run.')
  .option('--clients <n>', 'WebSocket clients', count, 1_000)
  .option('--rate <n>', 'events a second', count, 60)
  .option('--tasks <n>', 'tasks of the other run', count, 30)
  .option('--rounds <n>', 'how often both are measured; the median is shown', count, 3)
  .option('--json', 'print the figures of every round as JSON')
  .parse();
const options = command.opts<Options>();
await benchmark(options, async (stage) => {
  const rounds = await bench(stage, options);
  return { figures: rounds, ...report(medianRound(rounds), options) };
});
