/** A length of time as a person writes it in a plan: `30s`, `5m`, `1h`, `1h30m`. */
export const DURATION_PATTERN = /^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/** What to tell a person whose text is not one. */
export const DURATION_EXPECTED = 'a length of time with its unit, such as 30s, 5m, 1h or 1h30m';

/**
 * Longer than any model call or test suite that one agent should wait for; a limit above it is a slip of
 * the unit, and would hold a slot for days.
 */
export const DURATION_MAX_MS = 24 * 3_600_000;

/** The milliseconds of a text that matches DURATION_PATTERN; NaN for any other. */
export function durationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return Number.NaN;
  const [hours, minutes, seconds] = [match[1], match[2], match[3]].map((part) => Number(part ?? '0'));
  return ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
}
