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
  /** One file of a task's `files`, shown whole from the start. */
  readonly fileTokens: number;
  readonly low: AttemptAssumptions;
  readonly high: AttemptAssumptions;
  /** The model's context: the most that a prompt can hold, however long the conversation. */
  readonly contextTokens: number;
}

/** The assumed course of one attempt, from its first turn to its submission. */
export interface AttemptAssumptions {
  readonly turns: number;
  /** The model's answer in each turn; at most the turn's `max_tokens`. */
  readonly outputTokensPerTurn: number;
  /** What tools or the verdict add to the next turn's prompt. */
  readonly toolResultTokens: number;
}

/** Low: read a little, submit, pass. High: every turn to `max_tokens`, every correction needed. */
export const DEFAULT_ASSUMPTIONS: CostAssumptions = {
  maxCorrections: 3,
  promptTokens: 3_000,
  toolChars: () => 0,
  mapTokens: 4_000,
  fileTokens: 2_500,
  low: { turns: 3, outputTokensPerTurn: 800, toolResultTokens: 1_500 },
  high: { turns: 12, outputTokensPerTurn: 16_000, toolResultTokens: 8_000 },
  contextTokens: 200_000,
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

/** The lowest and the highest cost of a run, and the assumptions in words. */
export interface CostRange {
  readonly low: CostEstimate;
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
 */
export function costRange(
  plan: Plan,
  priceOfAttempt: PriceOfAttempt,
  options: Partial<CostAssumptions> = {},
): CostRange {
  const assumed: CostAssumptions = { ...DEFAULT_ASSUMPTIONS, ...options };
  const low = sum(plan.tasks.map((task) => lowEstimate(task, priceOfAttempt(task, 1), assumed)));
  const high = sum(plan.tasks.map((task) => highEstimate(task, priceOfAttempt, assumed)));
  return { low, high, explanation: explanation(assumed) };
}

/** The prompt of a task's first turn. */
function firstPrompt(task: PlanTask, assumed: CostAssumptions): number {
  const chars = task.title.length + task.description.length + assumed.toolChars(task);
  const text = Math.ceil(chars / CHARACTERS_PER_TOKEN);
  return assumed.promptTokens + assumed.mapTokens + text + task.files.length * assumed.fileTokens;
}

/** The size of each turn's prompt: the conversation so far, up to the model's context. */
function promptSizes(task: PlanTask, turns: number, each: AttemptAssumptions, assumed: CostAssumptions) {
  const growth = each.outputTokensPerTurn + each.toolResultTokens;
  const first = firstPrompt(task, assumed);
  return Array.from({ length: turns }, (_, turn) => Math.min(first + turn * growth, assumed.contextTokens));
}

/** One attempt that passes; what earlier turns sent is read from the prompt cache. */
function lowEstimate(task: PlanTask, price: Price | null, assumed: CostAssumptions): CostEstimate {
  const { turns, outputTokensPerTurn } = assumed.low;
  const prompts = promptSizes(task, turns, assumed.low, assumed);
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
  const { turns, outputTokensPerTurn } = assumed.high;
  const prompts = promptSizes(task, turns * (1 + assumed.maxCorrections), assumed.high, assumed);
  const costs = prompts.map((inputTokensUpperBound, turn) => {
    const price = priceOfAttempt(task, 1 + Math.floor(turn / turns));
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

function explanation({ low, high, maxCorrections }: CostAssumptions): string[] {
  return [
    `at least: each task passes at its first attempt, in ${low.turns} turns of ${low.outputTokensPerTurn} tokens, earlier turns read from the prompt cache`,
    `at most: each task needs every correction (${maxCorrections}), each attempt ${high.turns} turns of ${high.outputTokensPerTurn} tokens, nothing read from the cache`,
    'rebases after conflicts and retries by a person are not counted; a budget is a limit, this is not',
  ];
}
