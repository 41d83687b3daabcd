/** USD as a person types it: up to seven digits before the point, as fine as the record keeps it after it. */
const USD = /^\d{1,7}(?:\.\d{1,9})?$/;

/** The amount; null when it is none. */
export function typedUsd(text: string): number | null {
  const usd = USD.test(text) ? Number(text) : 0;
  return usd > 0 ? usd : null;
}
