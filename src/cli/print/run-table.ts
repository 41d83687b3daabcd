/** The list of runs as a table. Pure. */
import type { RunListEntry } from '../../contract/run-view.js';
import { costAmount } from '../../shared/words/cost-words.js';
import { formatAgo, formatDuration } from '../../shared/words/format.js';
import { runDoubt, runDurationMs } from '../../shared/run-list.js';
import { paint, styled, type Printable } from '../../shared/words/terminal-text.js';
import { waitingSentence } from '../../shared/words/waiting-sentence.js';
import { fit, plainLine, textWidth } from '../follow/plain-text.js';

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly text: (run: RunListEntry, now: number) => string;
}

/** The id is first and unbroken, so that a double click copies it. */
const COLUMNS: readonly Column[] = [
  { title: 'RUN', align: 'left', text: ({ runId }) => runId },
  { title: 'NAME', align: 'left', text: ({ name }) => plainLine(name) },
  { title: 'STATUS', align: 'left', text: ({ status }) => status },
  { title: 'DONE', align: 'right', text: ({ tasks }) => `${tasks.completed}/${tasks.total}` },
  {
    title: 'QUESTIONS',
    align: 'right',
    text: ({ questions }) => (questions === 0 ? '' : String(questions)),
  },
  { title: 'COST', align: 'right', text: ({ costUsd, isCostUnknown }) => costAmount(costUsd, isCostUnknown) },
  { title: 'DURATION', align: 'right', text: (run, now) => formatDuration(runDurationMs(run, now)) },
  { title: 'STARTED', align: 'right', text: ({ startedAt }, now) => formatAgo(startedAt, now) },
  { title: 'REPOSITORY', align: 'left', text: ({ repo }) => plainLine(repo) },
];

const NAME = COLUMNS.findIndex(({ title }) => title === 'NAME');
/** A shorter name would say nothing, so a narrower terminal wraps the lines. */
const MIN_NAME_WIDTH = 16;
const GAP = '  ';

/**
 * The lines: a title, one line for each run, and below a run what qualifies it or what it waits for.
 *
 * @param columns the width of the terminal, for which long names are cut; null when there is none
 */
export function runTable(runs: readonly RunListEntry[], now: number, columns: number | null): Printable[] {
  const cells = runs.map((run) => COLUMNS.map(({ text }) => text(run, now)));
  const widths = COLUMNS.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => textWidth(row[index] ?? ''))),
  );
  const full = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  const name = widths[NAME] ?? 0;
  if (columns !== null && full > columns)
    widths[NAME] = Math.min(name, Math.max(MIN_NAME_WIDTH, name - (full - columns)));
  const line = (row: readonly string[]) =>
    COLUMNS.map(({ align }, index) => fit(row[index] ?? '', widths[index] ?? 0, align))
      .join(GAP)
      .trimEnd();
  return [
    styled`${paint.dim(line(COLUMNS.map(({ title }) => title)))}`,
    ...runs.flatMap((run, index) => [
      line(cells[index] ?? []),
      ...notes(run, now).map((note) => styled`  ${paint.yellow(note)}`),
    ]),
  ];
}

function notes(run: RunListEntry, now: number): string[] {
  return [runDoubt(run), run.waiting === null ? null : waitingSentence(run.waiting, now)].filter(
    (note) => note !== null,
  );
}
