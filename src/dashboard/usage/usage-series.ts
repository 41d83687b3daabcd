/** The usage of a run over time, as columns for plots. Pure. */
import type { UsageMinute } from '../../contract/api.js';

const MINUTE_MS = 60_000;
/** Two days of minutes. A longer run is drawn in steps of several minutes, which looks the same at this width. */
const MAX_POINTS = 2_880;

export interface UsageSeries {
  /** Start of each step in seconds since 1970, as uPlot expects; without gaps. */
  readonly times: readonly number[];
  /** Total cost of all calls up to the end of the step. */
  readonly costUsd: readonly number[];
  /** Tokens and calls per minute, averaged over the step. */
  readonly inputTokens: readonly number[];
  readonly outputTokens: readonly number[];
  readonly calls: readonly number[];
}

/** A line of a plot. */
export interface PlotLine {
  readonly name: string;
  /** The custom property that holds its colour. */
  readonly colour: string;
  /** One value for each time; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly kind: 'area' | 'bars' | 'dashed';
}

/** Turns minutes into series. Minutes without an answer are included with zeros, so that a plot shows the pause. */
export function usageSeries(minutes: readonly UsageMinute[]): UsageSeries {
  const first = minutes[0];
  const last = minutes.at(-1);
  if (first === undefined || last === undefined) {
    return { times: [], costUsd: [], inputTokens: [], outputTokens: [], calls: [] };
  }
  const start = Date.parse(first.at);
  const count = Math.round((Date.parse(last.at) - start) / MINUTE_MS) + 1;
  const perStep = Math.ceil(count / MAX_POINTS);
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
    times: steps.map((index) => (start + index * perStep * MINUTE_MS) / 1_000),
    costUsd: sums.map(({ costUsd }) => (spent += costUsd)),
    inputTokens: sums.map(({ inputTokens }) => inputTokens / perStep),
    outputTokens: sums.map(({ outputTokens }) => outputTokens / perStep),
    calls: sums.map(({ calls }) => calls / perStep),
  };
}

/**
 * The times that the axis shows, in seconds: half a step more than the points on both sides, so that the first and the last
 * bar are as wide as the others, and a single point has an axis of one step.
 */
export function axisRange(times: readonly number[]): [number, number] {
  const [first = 0, second] = times;
  const half = (second === undefined ? MINUTE_MS / 1_000 : second - first) / 2;
  return [first - half, (times.at(-1) ?? first) + half];
}
