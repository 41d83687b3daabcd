/** Counts, timestamps and texts as the page shows them. Pure. */

/** A number of tokens or calls, short: 950, 12.4k, 3.2M. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  const [value, unit] = count < 1_000_000 ? [count / 1_000, 'k'] : [count / 1_000_000, 'M'];
  return `${value < 100 ? value.toFixed(1) : Math.round(value)}${unit}`;
}

/** The exact moment, with its date and time zone, in the reader's language. @param at ISO 8601 */
export function formatExact(at: string): string {
  return new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'long' });
}

/**
 * Joins the lines of paragraphs that were wrapped by hand, as Markdown does. Lists, headings, quotes, tables, indented
 * lines and texts with a code block stay as they are.
 */
export function unwrapLines(text: string): string {
  return text.includes('```') ? text.trim() : text.trim().replace(/(?<=[^\n])\n(?=[^\n\s\-*+>#|`\d])/g, ' ');
}
