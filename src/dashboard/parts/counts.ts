/** A number of tokens or calls, short: 950, 12.4k, 3.2M. Pure. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  const [value, unit] = count < 1_000_000 ? [count / 1_000, 'k'] : [count / 1_000_000, 'M'];
  return `${value < 100 ? value.toFixed(1) : Math.round(value)}${unit}`;
}
