import { costUsd, worstCaseUsd, type Price } from '../model/prices.js';
import type { Plan, PlanTask } from './plan-schema.js';

/** What an estimate rests on. Tokens throughout, unless a name says otherwise. */
export interface CostAssumptions {
  /** Corrections that a task may make after its first attempt (`--max-corrections`). */
  readonly maxCorrections: number;
  /** The system prompt and the definitions of the tools, sent in every turn. */
  readonly promptTokens: number;
  /** One file of a task's `files`, shown whole from the start. */
  readonly fileTokens: number;
  readonly low: AttemptAssumptions;
  readonly high: AttemptAssumptions;
  /** No prompt is larger than the model's context: where a long conversation stops growing. */
  readonly contextTokens: number;
}

/** How one attempt (from the first turn to a submission) is taken to go. */
export interface AttemptAssumptions {
  readonly turns: number;
  /** The model's answer in each turn; at most the turn's `max_tokens`. */
  readonly outputTokensPerTurn: number;
  /** What its tools, or the verdict, give back for the next turn. */
  readonly toolResultTokens: number;
}

/** Low: read a little, submit, pass. High: every turn to `max_tokens`, every correction needed. */
export const DEFAULT_ASSUMPTIONS: CostAssumptions = {
  maxCorrections: 3,
  promptTokens: 3_000,
  fileTokens: 2_500,
  low: { turns: 3, outputTokensPerTurn: 800, toolResultTokens: 1_500 },
  high: { turns: 12, outputTokensPerTurn: 16_000, toolResultTokens: 8_000 },
  contextTokens: 200_000,
};

/** English text and code have about four characters a token; three stays on the safe side of that. */
const CHARACTERS_PER_TOKEN = 3;

/** One end of the range. */
export interface CostEstimate {
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null when the model has no known price. */
  readonly costUsd: number | null;
}

/** What a run would cost at least and at most, and in words what that rests on. */
export interface CostRange {
  readonly low: CostEstimate;
  readonly high: CostEstimate;
  readonly explanation: readonly string[];
}

/**
 * The range of tokens and USD that a run of a plan would cost. An estimate, not a limit: a budget is one.
 *
 * @param plan the plan
 * @param price the price of its model, or null when it is not known (tokens are estimated all the same)
 * @param options what to assume otherwise than DEFAULT_ASSUMPTIONS
 */
export function costRange(
  plan: Plan,
  price: Price | null,
  options: Partial<CostAssumptions> = {},
): CostRange {
  const assumed: CostAssumptions = { ...DEFAULT_ASSUMPTIONS, ...options };
  const low = sum(plan.tasks.map((task) => lowEstimate(task, price, assumed)));
  const high = sum(plan.tasks.map((task) => highEstimate(task, price, assumed)));
  return { low, high, explanation: explanation(assumed) };
}

/** What the first turn of a task sends. */
function firstPrompt(task: PlanTask, assumed: CostAssumptions): number {
  const text = Math.ceil((task.title.length + task.description.length) / CHARACTERS_PER_TOKEN);
  return assumed.promptTokens + text + task.files.length * assumed.fileTokens;
}

/** The size of each turn's prompt: the conversation so far, as far as the context holds it. */
function promptSizes(task: PlanTask, turns: number, each: AttemptAssumptions, assumed: CostAssumptions) {
  const growth = each.outputTokensPerTurn + each.toolResultTokens;
  const first = firstPrompt(task, assumed);
  return Array.from({ length: turns }, (_, turn) => Math.min(first + turn * growth, assumed.contextTokens));
}

/** One attempt that passes; what an earlier turn sent comes from the prompt cache. */
function lowEstimate(task: PlanTask, price: Price | null, assumed: CostAssumptions): CostEstimate {
  const { turns, outputTokensPerTurn } = assumed.low;
  const prompts = promptSizes(task, turns, assumed.low, assumed);
  const costs = prompts.map((prompt, turn) => {
    const cached = prompts[turn - 1] ?? 0;
    return price === null ? null : costUsd(usage(prompt - cached, cached, outputTokensPerTurn), price);
  });
  return estimate(prompts, outputTokensPerTurn, costs);
}

/** The first attempt and all corrections, nothing from the cache, every answer as long as it may be. */
function highEstimate(task: PlanTask, price: Price | null, assumed: CostAssumptions): CostEstimate {
  const { turns, outputTokensPerTurn } = assumed.high;
  const prompts = promptSizes(task, turns * (1 + assumed.maxCorrections), assumed.high, assumed);
  const costs = prompts.map((inputTokensUpperBound) =>
    price === null ? null : worstCaseUsd({ inputTokensUpperBound, maxTokens: outputTokensPerTurn, price }),
  );
  return estimate(prompts, outputTokensPerTurn, costs);
}

function usage(written: number, cached: number, outputTokens: number) {
  return {
    inputTokens: 0,
    cacheCreationInputTokens: written,
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

/** A sum is unknown as soon as one of its parts is. */
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
