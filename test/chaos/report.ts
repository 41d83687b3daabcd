/** The matrix as a table. */
import type { Facts, Judgement } from './judge.js';

/** What became of one run of a row. */
export interface RowResult {
  readonly name: string;
  readonly facts: Facts | null;
  readonly judgement: Judgement | null;
  /** With those of the harness itself: a moment that never came. */
  readonly problems: readonly string[];
}

const COLUMNS = [
  'what was struck, and when',
  'runs',
  'completed',
  'tree',
  'calls needed',
  'made',
  'in flight',
  'possibly billed',
  'late',
  'seq',
  'left',
  'goes on s',
  'again s',
] as const;

/** A line for each name, in the order given; what went wrong is told below it. */
export function tableOf(results: readonly RowResult[]): string {
  const names = [...new Set(results.map(({ name }) => name))];
  const rows = names.map((name) =>
    cellsOf(
      name,
      results.filter((result) => result.name === name),
    ),
  );
  const all: readonly (readonly string[])[] = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
  const lines = all.map((cells) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0, column > 0))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0], '-'.repeat(lines[0]?.length ?? 0), ...lines.slice(1)].join('\n');
}

function pad(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function cellsOf(name: string, results: readonly RowResult[]): string[] {
  const facts = results.flatMap((result) => result.facts ?? []);
  const judgements = results.flatMap((result) => result.judgement ?? []);
  const all = (holds: (facts: Facts) => boolean) => (facts.every(holds) ? 'ok' : 'WRONG');
  const total = (of: (facts: Facts) => number) => String(facts.reduce((sum, each) => sum + of(each), 0));
  const seconds = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? '-' : (Math.max(...known) / 1000).toFixed(1);
  };
  const billed = (each: Facts) => each.view?.usage.possiblyBilled.calls ?? 0;
  return [
    name,
    String(results.length),
    `${facts.filter((each) => each.exitCode === 0 && each.view?.status === 'completed').length}`,
    all((each) => each.tree === each.expectedTree),
    total((each) => each.callsNeeded),
    total((each) => each.calls.length),
    String(judgements.reduce((sum, each) => sum + each.inFlight, 0)),
    total(billed),
    total((each) => Math.max(0, (each.view?.usage.modelCalls ?? 0) - each.callsNeeded)),
    all((each) => each.seqProblems.length === 0),
    total((each) => each.leftovers.length),
    seconds(judgements.map((each) => each.goesOnMs)),
    seconds(judgements.map((each) => each.againMs)),
  ];
}

/** What went wrong, a line each. */
export function problemsOf(results: readonly RowResult[]): string[] {
  return results.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
}
