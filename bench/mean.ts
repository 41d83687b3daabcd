/** A mean with its 95 % interval. */
export interface Mean {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Samples of a bootstrap: the ends of its interval then vary by less than a hundredth of its width. */
const SAMPLES = 2_000;

/** The mean of values and the interval in which it lies with 95 % confidence (bootstrap, with a fixed seed). */
export function meanOf(values: readonly number[]): Mean {
  const { length } = values;
  if (length === 0) return { mean: 0, low: 0, high: 0 };
  const random = randomNumbers();
  const means = Array.from({ length: SAMPLES }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < length; drawn++) sum += values[Math.floor(random() * length)] ?? 0;
    return sum / length;
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.floor(share * (SAMPLES - 1))] ?? 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  return { mean, low: at(0.025), high: at(0.975) };
}

/** Numbers from 0 to 1 (a linear congruential generator), the same in every run. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
