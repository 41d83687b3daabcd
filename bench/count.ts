import { InvalidArgumentError } from 'commander';

/** A number of tasks or rounds on a command line. */
export function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number above 0.');
}
