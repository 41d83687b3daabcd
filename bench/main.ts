import { messageOf } from '../src/contract/errors.js';
import { Stage } from './stage.js';

/** The result of a benchmark. */
export interface Measured {
  readonly figures: unknown;
  /** The figures for a person. */
  readonly text: string;
  /** Whether all figures are within their bounds. */
  readonly ok: boolean;
}

/** Runs a measurement on a stage of its own, prints the figures and sets the exit code. */
export async function benchmark(
  { json = false, files = 0 }: { readonly json?: boolean | undefined; readonly files?: number },
  measure: (stage: Stage) => Promise<Measured>,
): Promise<void> {
  try {
    const stage = await Stage.open(files);
    // The first Ctrl-C ends the measured stack; the measurement then fails and cleans up.
    const stop = (): void => void stage.endStack();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      const { figures, text, ok } = await measure(stage);
      process.stdout.write(`${json ? JSON.stringify(figures, null, 2) : text}\n`);
      if (!ok) process.exitCode = 1;
    } finally {
      await stage.close();
    }
  } catch (error) {
    say(messageOf(error));
    process.exitCode = 1;
  }
}

/** Reports progress on stderr; the figures go to stdout. */
export function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

/** One line of a report: label, figure, and whether the figure is within its bound. */
export type Row = readonly [string, string, boolean];

/** Formats the lines of a report, and marks missed bounds. */
export function reportOf(rows: readonly Row[], width: number): Omit<Measured, 'figures'> {
  const lines = rows.map(([label, value, met]) => `${label.padEnd(width)}${value}${met ? '' : '  MISSED'}`);
  return { text: lines.join('\n'), ok: rows.every(([, , met]) => met) };
}
