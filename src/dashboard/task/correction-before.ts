import type { AttemptView, CorrectionView } from '../../contract/api.js';

/**
 * The correction that led to an attempt: that of the last failed attempt before it; a rebase may lie between. Null when a
 * person's answer led to it.
 * @param attempts of the task, in order
 */
export function correctionBefore(
  attempt: number,
  attempts: readonly Pick<AttemptView, 'number' | 'test'>[],
  corrections: readonly CorrectionView[],
): CorrectionView | null {
  const failed = attempts.findLast(({ number, test }) => number < attempt && test?.passed === false);
  return corrections.find((correction) => correction.attempt === failed?.number) ?? null;
}
