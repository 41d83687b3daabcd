import { InvalidArgumentError } from 'commander';

/** Parses a number of tasks or rounds on the command line. */
export function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
