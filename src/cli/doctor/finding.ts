import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { paint, styled, type TerminalText } from '../../shared/terminal-text.js';
import { print } from '../output.js';

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

export function printFinding({ what, state, said, fix }: Finding): void {
  const gap = ' '.repeat(8 - state.length);
  print(styled`${SIGNS[state]}${gap}${what.padEnd(12)} ${said}`);
  if (fix !== null) print(`${' '.repeat(21)}${fix}`);
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
