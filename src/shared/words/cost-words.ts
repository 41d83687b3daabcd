/** What model calls cost, in words: what a model without a known price cost is in no sum. Pure. */
import { formatList, formatUsd } from './format.js';

/** An amount, or `unknown` when no call behind it had a known price. */
export function costAmount(usd: number, isUnknown: boolean): string {
  return usd === 0 && isUnknown ? 'unknown' : formatUsd(usd);
}

/** An amount with its doubt: `$0.12`, `cost unknown (m has no known price)`, `$0.12 and more (m has no known price)`. */
export function costWords(usd: number, unpricedModels: readonly string[]): string {
  if (unpricedModels.length === 0) return formatUsd(usd);
  const amount = usd === 0 ? 'cost unknown' : `${formatUsd(usd)} and more`;
  return `${amount} (${noPriceWords(unpricedModels)})`;
}

/** Says what calls may have cost that were sent and never fully answered; empty when none may have. */
export function possiblyBilledWords(usd: number): string {
  return usd > 0
    ? `up to ${formatUsd(usd)} more possibly billed: calls that were sent and never fully answered`
    : '';
}

/** Says which models have no known price. */
export function noPriceWords(models: readonly string[]): string {
  return `${formatList(models)} ${models.length === 1 ? 'has' : 'have'} no known price`;
}
