/** What a run used, minute by minute, as columns for plots. Pure. */
import type { UsageMinute } from '../../contract/api.js';

const MINUTE_MS = 60_000;
/** Two days of minutes: a longer run is drawn in coarser steps, which nobody can tell apart. */
const MOST_POINTS = 2_880;

export interface UsageSeries {
  /** Beginnings of the steps, in seconds since 1970, as uPlot wants them; without a gap. */
  readonly at: readonly number[];
  /** What all calls up to the end of the step have cost. */
  readonly costUsd: readonly number[];
  /** Tokens and calls a minute, on average over the step. */
  readonly inputTokens: readonly number[];
  readonly outputTokens: readonly number[];
  readonly calls: readonly number[];
}

/** Minutes in which nothing was answered are there, with nothing in them: a plot must show the pause. */
export function seriesOf(minutes: readonly UsageMinute[]): UsageSeries {
  const first = minutes[0];
  const last = minutes.at(-1);
  if (first === undefined || last === undefined) {
    return { at: [], costUsd: [], inputTokens: [], outputTokens: [], calls: [] };
  }
  const start = Date.parse(first.at);
  const count = Math.round((Date.parse(last.at) - start) / MINUTE_MS) + 1;
  const perStep = Math.ceil(count / MOST_POINTS);
  const steps = Array.from({ length: Math.ceil(count / perStep) }, (_, index) => index);
  const sums = steps.map(() => ({ costUsd: 0, inputTokens: 0, outputTokens: 0, calls: 0 }));
  for (const minute of minutes) {
    const sum = sums[Math.floor((Date.parse(minute.at) - start) / MINUTE_MS / perStep)];
    if (sum === undefined) continue;
    sum.costUsd += minute.costUsd;
    sum.inputTokens += minute.inputTokens;
    sum.outputTokens += minute.outputTokens;
    sum.calls += minute.calls;
  }
  let spent = 0;
  return {
    at: steps.map((index) => (start + index * perStep * MINUTE_MS) / 1_000),
    costUsd: sums.map(({ costUsd }) => (spent += costUsd)),
    inputTokens: sums.map(({ inputTokens }) => inputTokens / perStep),
    outputTokens: sums.map(({ outputTokens }) => outputTokens / perStep),
    calls: sums.map(({ calls }) => calls / perStep),
  };
}
