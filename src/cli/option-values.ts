/** Parses values of options. */
import { InvalidArgumentError } from 'commander';
import { DURATION_EXPECTED, DURATION_MAX_MS, durationMs } from '../plan/duration.js';
import { USD_EXPECTED } from '../runs/control/answer-choice.js';

/** PostgreSQL's largest `integer`, the type that stores an event's number. */
export const MAX_SEQ = 2_147_483_647;

/** A parser for `option()` that accepts whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** A parser for `option()` that accepts a time such as 20s, 5m or 1h. */
export function durationOption(text: string): number {
  const ms = durationMs(text);
  if (ms <= DURATION_MAX_MS) return ms;
  throw new InvalidArgumentError(`Expected ${DURATION_EXPECTED}, of at most 24 hours.`);
}

/** A parser for `option()` that accepts an amount of USD. */
export function usdOption(text: string): number {
  const amount = parseUsd(text);
  if (amount === null) throw new InvalidArgumentError(`Expected ${USD_EXPECTED}.`);
  return amount;
}

/** Up to seven digits before the decimal point, and as many after it as the database keeps. */
const USD = /^\d{1,7}(?:\.\d{1,9})?$/;

/** Parses an amount of USD; null when the text is not an amount above 0. */
export function parseUsd(text: string): number | null {
  const usd = USD.test(text) ? Number(text) : 0;
  return usd > 0 ? usd : null;
}
