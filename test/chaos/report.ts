/** Formats the results of the matrix as a table. */
import type { Facts } from './facts.js';
import type { Judgement } from './judge.js';

/** The result of one run of a row. */
export interface RowResult {
  readonly name: string;
  readonly facts: Facts | null;
  readonly judgement: Judgement | null;
  /** Includes problems of the harness itself, such as a moment that never came. */
  readonly problems: readonly string[];
}

const COLUMNS = [
  'fault and moment',
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
  'resume s',
  'resend s',
] as const;

/** The table: one line for each name, in the given order. */
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
    seconds(judgements.map((each) => each.resumeMs)),
    seconds(judgements.map((each) => each.resendMs)),
  ];
}

/** All problems, one line each. */
export function problemsOf(results: readonly RowResult[]): string[] {
  return results.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
}

/** A result with its row's number: rows of the matrix count from 1, and random rows follow them. */
export interface NumberedResult {
  readonly number: number;
  readonly result: RowResult;
}

/** The number of a result that belongs to no row: the check after the end of a stack. */
export const STACK_END = Infinity;

/** Time limit of the whole suite, so that it can be run before each release. */
const WHOLE_MS = 12 * 60_000;

/**
 * Summarizes how many rows were played, and reports rows of the matrix that were not played or a missed time limit.
 * @param fixed the number of rows in the matrix
 */
export function summarize(
  placed: readonly NumberedResult[],
  { fixed, ms }: { readonly fixed: number; readonly ms: number },
): { readonly said: string; readonly problems: readonly string[] } {
  const played = placed.filter(({ number, result }) => number !== STACK_END && result.facts !== null);
  const ofMatrix = new Set(played.map(({ number }) => number).filter((number) => number <= fixed)).size;
  const seconds = Math.round(ms / 1000);
  return {
    said: `${ofMatrix} of ${fixed} fixed rows, ${played.length - ofMatrix} random rows in ${seconds} s`,
    problems: [
      ...(ofMatrix < fixed ? [`${fixed - ofMatrix} of the fixed rows were not played`] : []),
      ...(ms > WHOLE_MS ? [`it took ${seconds} s, ${WHOLE_MS / 1000} are allowed`] : []),
    ],
  };
}
