/** A length of time as a person writes it in a plan: `30s`, `5m`, `1h`, `1h30m`. */
export const DURATION_PATTERN = /^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/** What a message expects in place of an invalid duration. */
export const DURATION_EXPECTED = 'a length of time with its unit, such as 30s, 5m, 1h or 1h30m';

/** Longer than any model call or test run that an agent should wait for. A longer limit is probably a wrong unit. */
export const DURATION_MAX_MS = 24 * 3_600_000;

/** The milliseconds of a text that matches DURATION_PATTERN; NaN for any other. */
export function durationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return Number.NaN;
  const [hours, minutes, seconds] = [match[1], match[2], match[3]].map((part) => Number(part ?? '0'));
  return ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
}
