/** Counts, timestamps and texts as the page shows them. Pure. */
const DAY_MS = 86_400_000;

/** A number of tokens or calls, short: 950, 12.4k, 3.2M. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  const [value, unit] = count < 1_000_000 ? [count / 1_000, 'k'] : [count / 1_000_000, 'M'];
  return `${value < 100 ? value.toFixed(1) : Math.round(value)}${unit}`;
}

/**
 * A timestamp for a list: "today" with the time of day, or the date and time when it is on an earlier day.
 *
 * @param at ISO 8601
 * @param now milliseconds since 1970
 */
export function formatTimestamp(at: string, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (now - date.getTime() < DAY_MS && new Date(now).getDate() === date.getDate()) return `today ${time}`;
  return `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}

/**
 * Joins the lines of paragraphs that were wrapped by hand, as Markdown does. Lists, headings, quotes, tables, indented
 * lines and texts with a code block stay as they are.
 */
export function unwrapLines(text: string): string {
  return text.includes('```') ? text.trim() : text.trim().replace(/(?<=[^\n])\n(?=[^\n\s\-*+>#|`\d])/g, ' ');
}
