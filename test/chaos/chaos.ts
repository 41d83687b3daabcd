/** `npm run chaos`: runs the kill matrix and prints it as a table, with the seed that repeats it. */
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../src/contract/errors.js';
import { matrix, randomRow } from './matrix.js';
import { Random } from './random.js';
import { STACK_END, problemsOf, tableOf, summarize, type NumberedResult, type RowResult } from './report.js';
import { Stage } from './stage.js';
import { playRow, playUndisturbed, type RowToPlay, type Undisturbed } from './suite.js';

interface Options {
  readonly seed: number;
  readonly minutes: number;
  readonly lanes: number;
  readonly only: string;
}

function say(text: string): void {
  process.stderr.write(`chaos: ${text}\n`);
}

/** The matrix in random order, so that no part is killed so often in a row that its restart back-off grows. */
function* rowsOf({ seed, minutes, only }: Options, { ms }: Undisturbed, began: number): Generator<RowToPlay> {
  const rows = matrix().map((row, index) => ({ row, number: index + 1 }));
  const wanted = new Random(seed, 'order').shuffled(rows).filter(({ row }) => row.name.includes(only));
  yield* wanted;
  for (let number = 1; Date.now() - began < minutes * 60_000; number += 1) {
    const row = randomRow(seed, number, ms);
    if (!row.name.includes(only)) return;
    yield { row, number: rows.length + number };
  }
}

/** Open stages. Ctrl-C closes them, so that nothing is left behind. */
const stages = new Set<Stage>();

async function stop(): Promise<void> {
  say('stopping …');
  await Promise.all([...stages].map((stage) => stage.close()));
  process.exit(1);
}

async function playAll(options: Options, results: NumberedResult[], began: number): Promise<void> {
  let rows: Generator<RowToPlay> | undefined;
  let expected: Promise<Undisturbed> | undefined;
  const lane = async (): Promise<void> => {
    const stage = await Stage.open();
    stages.add(stage);
    try {
      expected ??= playUndisturbed(stage);
      const facts = await expected;
      say(`an undisturbed run takes ${facts.ms} ms`);
      rows ??= rowsOf(options, facts, began);
      for (const next of rows) {
        const result = await playRow(stage, next, { seed: options.seed, timed: true, expected: facts });
        results.push({ number: next.number, result });
        say(
          `${Math.round((Date.now() - began) / 1000)} s  row ${next.number}, ${result.name}: ${wordOf(result)}`,
        );
      }
    } finally {
      stages.delete(stage);
      const left = await stage.close();
      const problems = left.map((each) => `left over: ${each}`);
      const result = { name: 'after the end of the stack', facts: null, judgement: null, problems };
      results.push({ number: STACK_END, result });
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
}

function wordOf({ facts, problems }: RowResult): string {
  if (problems.length > 0) return `WRONG: ${problems.join('; ')}`;
  return facts === null ? 'not played, its run ended before all of its times' : 'ok';
}

/** @param partial options restrict or change the suite, so it need not be complete or in time */
async function main(options: Options, partial: boolean): Promise<void> {
  const began = Date.now();
  say(`seed ${options.seed}`);
  const placed: NumberedResult[] = [];
  await playAll(options, placed, began);
  const results = placed.toSorted((a, b) => a.number - b.number).map(({ result }) => result);
  const whole = summarize(placed, { fixed: matrix().length, ms: Date.now() - began });
  const problems = [...problemsOf(results), ...(partial ? [] : whole.problems)];
  process.stdout.write(`${tableOf(results)}\n\n`);
  for (const problem of problems) process.stdout.write(`WRONG  ${problem}\n`);
  process.stdout.write(
    `${whole.said}, ${problems.length} problems. Again: npm run chaos -- --seed ${options.seed}\n`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

const command = new Command('chaos')
  .description('Kills and pauses the processes of a run at every step, and checks that nothing is lost.')
  .option(
    '--seed <n>',
    'repeats the order, the random choices and the times of a run of the suite',
    count,
    Date.now() % 1_000_000,
  )
  .option(
    '--minutes <n>',
    'after the matrix, inject random faults until this many minutes have passed',
    count,
    10,
  )
  .option('--lanes <n>', 'stacks side by side', count, 2)
  .option('--only <text>', 'only the rows whose name contains this text', '')
  .parse();
process.once('SIGINT', () => void stop()).once('SIGTERM', () => void stop());
const partial = ['minutes', 'lanes', 'only'].some((name) => command.getOptionValueSource(name) === 'cli');
await main(command.opts<Options>(), partial).catch((error: unknown) => {
  say(messageOf(error));
  process.exitCode = 1;
});
