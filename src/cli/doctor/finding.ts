import pc from 'picocolors';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { print } from '../output.js';

/**
 * One thing that the doctor looked at: there, there with a reservation, missing; or, in the record of runs,
 * not as it should be, and mended, or beyond mending.
 */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'note' | 'missing' | 'differs' | 'repaired' | 'lost';
  readonly said: string;
  /** What to do, or, when it is mended, what was done. */
  readonly fix: string | null;
}

const SIGNS: Readonly<Record<Finding['state'], string>> = {
  ok: pc.green('ok'),
  note: pc.yellow('note'),
  missing: pc.red('missing'),
  differs: pc.red('differs'),
  repaired: pc.green('repaired'),
  lost: pc.red('lost'),
};

export function show({ what, state, said, fix }: Finding): void {
  const sign = SIGNS[state] + ' '.repeat(8 - state.length);
  print(`${sign}${what.padEnd(12)} ${said}`);
  if (fix !== null) print(`${' '.repeat(21)}${fix}`);
}

/** What a look gave, or what was missing for it. */
export async function found(what: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', said: await look(), fix: null };
  } catch (error) {
    const fix = error instanceof EnvironmentError ? error.fix : null;
    return { what, state: 'missing', said: messageOf(error), fix };
  }
}
