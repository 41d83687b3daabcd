/** Formats numbers, times and lists for people. Pure. */

/** The beginning of a commit's name, which git takes for the whole. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 10);
}

/** Formats a duration: `4s`, `2m 03s`, `1h 04m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours}h ${twoDigits(minutes % 60)}m`;
  return minutes > 0 ? `${minutes}m ${twoDigits(seconds % 60)}s` : `${seconds}s`;
}

/** Formats a short duration, with tenths of a second: `0.3s`, `12s`. */
export function formatShort(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(ms);
}

/** Formats an amount of money in cents, with more digits below one cent. */
export function formatUsd(usd: number): string {
  return usd > 0 && usd < 0.01 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(2)}`;
}

/** Formats the time of day in the reader's time zone: `21:00:03`. */
export function formatTime(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':');
}

/**
 * How long ago a moment was, in its largest unit: `just now`, `5 min ago`, `3 h ago`, `2 d ago`.
 *
 * @param at ISO 8601
 * @param now milliseconds since 1970
 */
export function formatAgo(at: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / (24 * 60))} d ago`;
}

/** Formats a number with its noun: `1 task`, `2 tasks`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Formats the first items of a list and the number of the others: `a, b, c and 4 more`. */
export function formatList(items: readonly string[], most = 3): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
