import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { paint, styled, type Printable, type TerminalText } from '../../shared/words/terminal-text.js';
import { print } from '../print/output.js';

/** The result of one check of `leadwright doctor`. */
export interface Finding {
  readonly what: string;
  /**
   * A requirement is met (`ok`), met with a reservation (`note`), or `missing`. In the record of runs, something
   * `differs`, was `repaired`, or is `lost`, which means that no repair can restore it.
   */
  readonly state: 'ok' | 'note' | 'missing' | 'differs' | 'repaired' | 'lost';
  /** The result in words. */
  readonly said: string;
  /** How to fix it; after a repair, what was done. */
  readonly fix: string | null;
}

/** What a finding about the sandbox is about. */
export const SANDBOX = 'sandbox';

const SIGNS: Readonly<Record<Finding['state'], TerminalText>> = {
  ok: paint.green('ok'),
  note: paint.yellow('note'),
  missing: paint.red('missing'),
  differs: paint.red('differs'),
  repaired: paint.green('repaired'),
  lost: paint.red('lost'),
};

/** The longest state, and a space. */
const STATE_WIDTH = 'repaired'.length + 1;

export function printFinding(finding: Finding): void {
  findingLines(finding).forEach(print);
}

export function findingLines({ what, state, said, fix }: Finding): Printable[] {
  const gap = ' '.repeat(STATE_WIDTH - state.length);
  const line = styled`${SIGNS[state]}${gap}${what.padEnd(12)} ${said}`;
  return fix === null ? [line] : [line, `${' '.repeat(STATE_WIDTH + 13)}${fix}`];
}

/** Runs a check: its result is `ok`, its error is `missing`. */
export async function runCheck(what: string, check: () => string | Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', said: await check(), fix: null };
  } catch (error) {
    const fix = error instanceof EnvironmentError ? error.fix : null;
    return { what, state: 'missing', said: messageOf(error), fix };
  }
}
