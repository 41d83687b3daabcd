import type { Price } from '../model/known-models.js';
import { costUsd, worstCaseUsd } from '../model/prices.js';
import type { Plan, PlanTask } from './plan-schema.js';

/** The assumptions of an estimate, in tokens unless a name says otherwise. */
export interface CostAssumptions {
  /** Corrections that a task may make after its first attempt (`--max-corrections`). */
  readonly maxCorrections: number;
  /** The system prompt and the definitions of the agent's own tools, sent in every turn. */
  readonly promptTokens: number;
  /** Characters of the definitions of the tools of a task's MCP servers, sent in every turn too. */
  readonly toolChars: (task: PlanTask) => number;
  /** The repo map in the first message. */
  readonly mapTokens: number;
  /** A file of a task's `files`, shown whole from the start. */
  readonly fileTokens: (path: string) => number;
  readonly low: AttemptAssumptions;
  readonly likely: AttemptAssumptions;
  readonly high: AttemptAssumptions;
  /** The most that a prompt of an attempt (from 1) is assumed to hold, however long the conversation. */
  readonly contextTokens: (task: PlanTask, attempt: number) => number;
}

/** The assumed course of one attempt, from its first turn to its submission. */
export interface AttemptAssumptions {
  readonly turns: number;
  /** The model's answer in each turn; at most the turn's `max_tokens`. */
  readonly outputTokensPerTurn: number;
  /** What tools or the verdict add to the next turn's prompt. */
  readonly toolResultTokens: number;
}

/** A file of unknown size. A source file has some 9,000 characters. */
export const UNKNOWN_FILE_TOKENS = 2_500;

/** Few conversations grow longer, also with models whose window is larger. */
export const CONTEXT_TOKENS = 200_000;

/**
 * Low: read a little, submit, pass. Likely: look around, change, test, with every second task corrected once, as in runs
 * on real repositories. High: every turn to `max_tokens`, every correction needed.
 */
const DEFAULT_ASSUMPTIONS: CostAssumptions = {
  maxCorrections: 3,
  promptTokens: 3_000,
  toolChars: () => 0,
  mapTokens: 4_000,
  fileTokens: () => UNKNOWN_FILE_TOKENS,
  low: { turns: 3, outputTokensPerTurn: 800, toolResultTokens: 1_500 },
  likely: { turns: 8, outputTokensPerTurn: 1_500, toolResultTokens: 2_500 },
  high: { turns: 12, outputTokensPerTurn: 16_000, toolResultTokens: 8_000 },
  contextTokens: () => CONTEXT_TOKENS,
};

/** English text and code have about four characters per token; three is a safe assumption. */
const CHARACTERS_PER_TOKEN = 3;

/** The lower or the upper end of the range. */
export interface CostEstimate {
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null when the model has no known price. */
  readonly costUsd: number | null;
}

/** What earlier runs of the same repository with the same model used. */
export interface EarlierRuns extends CostEstimate {
  /** Tasks that the model has worked on. */
  readonly tasks: number;
  readonly costUsd: number;
}

/** The lowest, the likely and the highest cost of a run, and the assumptions in words. */
export interface CostRange {
  readonly low: CostEstimate;
  readonly likely: CostEstimate;
  readonly high: CostEstimate;
  readonly explanation: readonly string[];
}

/** @param attempt from 1 */
export type PriceOfAttempt = (task: PlanTask, attempt: number) => Price | null;

/**
 * Estimates the tokens and USD that a run of the plan costs. Only a budget limits them.
 *
 * @param priceOfAttempt the price of the model that makes an attempt; null when it is unknown, and then only tokens are
 *   estimated
 * @param options replaces some of DEFAULT_ASSUMPTIONS
 * @param earlier what earlier runs cost; null when there are none
 */
export function costRange(
  plan: Plan,
  priceOfAttempt: PriceOfAttempt,
  options: Partial<CostAssumptions> = {},
  earlier: EarlierRuns | null = null,
): CostRange {
  const assumed: CostAssumptions = { ...DEFAULT_ASSUMPTIONS, ...options };
  const low = sum(
    plan.tasks.map((task) => cachedEstimate(task, priceOfAttempt(task, 1), assumed, assumed.low)),
  );
  const high = sum(plan.tasks.map((task) => highEstimate(task, priceOfAttempt, assumed)));
  const assumedLikely = sum(
    plan.tasks.map((task) => cachedEstimate(task, priceOfAttempt(task, 1), assumed, assumed.likely)),
  );
  const known = earlier !== null && earlier.tasks >= ENOUGH_TASKS ? earlier : null;
  const likely = known === null ? assumedLikely : useOfTasks(known, plan.tasks.length);
  // Earlier runs may have cost less or more than was assumed at all. Then the assumptions say how far the cost may be from
  // the average.
  const isLowest = isLess(likely, low);
  const isHighest = isLess(high, likely);
  return {
    low: isLowest ? inProportion(likely, low, assumedLikely) : low,
    likely,
    high: isHighest ? inProportion(likely, high, assumedLikely) : high,
    explanation: explanation(assumed, known, { isLowest, isHighest }),
  };
}

/** What a number of tasks uses when each is like those of earlier runs. */
function useOfTasks(earlier: EarlierRuns, tasks: number): CostEstimate {
  const part = tasks / earlier.tasks;
  return {
    modelCalls: Math.round(earlier.modelCalls * part),
    inputTokens: Math.round(earlier.inputTokens * part),
    outputTokens: Math.round(earlier.outputTokens * part),
    costUsd: earlier.costUsd * part,
  };
}

/** What is to `likely` as `edge` is to `assumed`. */
function inProportion(likely: CostEstimate, edge: CostEstimate, assumed: CostEstimate): CostEstimate {
  const part = (key: 'modelCalls' | 'inputTokens' | 'outputTokens') =>
    Math.round((likely[key] * edge[key]) / assumed[key]);
  return {
    modelCalls: part('modelCalls'),
    inputTokens: part('inputTokens'),
    outputTokens: part('outputTokens'),
    costUsd: costInProportion(likely.costUsd, edge.costUsd, assumed.costUsd),
  };
}

/** Of a model that costs nothing by now, no proportion is known. */
function costInProportion(likely: number | null, edge: number | null, assumed: number | null): number | null {
  if (likely === null || edge === null || assumed === null) return null;
  return assumed === 0 ? likely : (likely * edge) / assumed;
}

function isLess(one: CostEstimate, other: CostEstimate): boolean {
  return one.costUsd !== null && other.costUsd !== null && one.costUsd < other.costUsd;
}

/** The prompt of a task's first turn. */
function firstPrompt(task: PlanTask, assumed: CostAssumptions): number {
  const chars = task.title.length + task.description.length + assumed.toolChars(task);
  const text = Math.ceil(chars / CHARACTERS_PER_TOKEN);
  const files = task.files.reduce((total, path) => total + assumed.fileTokens(path), 0);
  return assumed.promptTokens + assumed.mapTokens + text + files;
}

/** The size of the prompt of each turn of the attempts: the conversation so far, up to the model's context. */
function promptSizes(task: PlanTask, attempts: number, each: AttemptAssumptions, assumed: CostAssumptions) {
  const growth = each.outputTokensPerTurn + each.toolResultTokens;
  const first = firstPrompt(task, assumed);
  return Array.from({ length: attempts * each.turns }, (_, turn) =>
    Math.min(first + turn * growth, assumed.contextTokens(task, attemptOf(turn, each))),
  );
}

/**
 * The number of the attempt that a turn belongs to, from 1.
 * @param turn from 0
 */
function attemptOf(turn: number, { turns }: AttemptAssumptions): number {
  return 1 + Math.floor(turn / turns);
}

/** One attempt that passes; what earlier turns sent is read from the prompt cache. */
function cachedEstimate(
  task: PlanTask,
  price: Price | null,
  assumed: CostAssumptions,
  attempt: AttemptAssumptions,
): CostEstimate {
  const { outputTokensPerTurn } = attempt;
  const prompts = promptSizes(task, 1, attempt, assumed);
  const costs = prompts.map((prompt, turn) => {
    const cached = prompts[turn - 1] ?? 0;
    return price === null ? null : costUsd(usage(prompt - cached, cached, outputTokensPerTurn), price);
  });
  return estimate(prompts, outputTokensPerTurn, costs);
}

/** The first attempt and all corrections, without a prompt cache, each answer of the maximum length. */
function highEstimate(
  task: PlanTask,
  priceOfAttempt: PriceOfAttempt,
  assumed: CostAssumptions,
): CostEstimate {
  const { outputTokensPerTurn } = assumed.high;
  const prompts = promptSizes(task, 1 + assumed.maxCorrections, assumed.high, assumed);
  const costs = prompts.map((inputTokensUpperBound, turn) => {
    const price = priceOfAttempt(task, attemptOf(turn, assumed.high));
    return price === null
      ? null
      : worstCaseUsd({ inputTokensUpperBound, maxTokens: outputTokensPerTurn, price });
  });
  return estimate(prompts, outputTokensPerTurn, costs);
}

function usage(written: number, cached: number, outputTokens: number) {
  return {
    inputTokens: 0,
    cacheCreationInputTokens: written,
    cacheCreation1hInputTokens: 0,
    cacheReadInputTokens: cached,
    outputTokens,
  };
}

function estimate(
  prompts: readonly number[],
  outputTokensPerTurn: number,
  costs: readonly (number | null)[],
): CostEstimate {
  return {
    modelCalls: prompts.length,
    inputTokens: prompts.reduce((total, prompt) => total + prompt, 0),
    outputTokens: prompts.length * outputTokensPerTurn,
    costUsd: costs.reduce(add, 0),
  };
}

/** The sum; null when a part of it is unknown. */
function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function sum(parts: readonly CostEstimate[]): CostEstimate {
  return parts.reduce(
    (total, part) => ({
      modelCalls: total.modelCalls + part.modelCalls,
      inputTokens: total.inputTokens + part.inputTokens,
      outputTokens: total.outputTokens + part.outputTokens,
      costUsd: add(total.costUsd, part.costUsd),
    }),
    { modelCalls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 },
  );
}

/** Fewer tasks say little about the next ones. */
const ENOUGH_TASKS = 3;

function explanation(
  { low, likely, high, maxCorrections }: CostAssumptions,
  earlier: EarlierRuns | null,
  { isLowest, isHighest }: { readonly isLowest: boolean; readonly isHighest: boolean },
): string[] {
  return [
    earlier === null
      ? `likely: ${likely.turns} turns of ${likely.outputTokensPerTurn} tokens a task, with the files that it names and a repo map; earlier turns read from the prompt cache`
      : `likely: what ${earlier.tasks} tasks of earlier runs on this repository have cost with this model`,
    isLowest
      ? 'at least: as much below what is likely as Leadwright assumes where it knows no earlier runs'
      : `at least: each task passes at its first attempt, in ${low.turns} turns of ${low.outputTokensPerTurn} tokens, earlier turns read from the prompt cache`,
    isHighest
      ? 'at most: as much above what is likely as Leadwright assumes where it knows no earlier runs'
      : `at most: each task needs every correction (${maxCorrections}), each attempt ${high.turns} turns of ${high.outputTokensPerTurn} tokens, nothing read from the cache`,
    'rebases after conflicts and retries by a person are not counted; a budget is a limit, this is not',
  ];
}
