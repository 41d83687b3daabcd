/** What model calls cost. Pure. */
import { flatPrice, listPriceOf, type Price, type Rates } from './known-models.js';

/** Prices in a plan, by model, in USD per million tokens. */
export type PlanPrices = Readonly<Record<string, { readonly input: number; readonly output: number }>>;

/** Token counts of one model call. Input, output, written and read are disjoint, as in the Messages API. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheCreationInputTokens: number;
  /** The part of cacheCreationInputTokens that was written to the one-hour cache. */
  readonly cacheCreation1hInputTokens: number;
  readonly cacheReadInputTokens: number;
}

/**
 * Returns the price of a model: the plan's price, otherwise the list price (a dated id, and one of a cloud, has the price of
 * the name in the list), otherwise null. A model without a price cannot run under a budget.
 * @param factor what the place of the endpoint multiplies the list price by
 */
export function priceOf(model: string, planPrices: PlanPrices = {}, factor = 1): Price | null {
  const own = Object.hasOwn(planPrices, model) ? planPrices[model] : undefined;
  return own === undefined ? listPriceOf(model, factor) : flatPrice(own.input, own.output);
}

/**
 * Costs are computed in whole picodollars. A rate in USD per million tokens with up to six decimals is then a whole
 * number per token, so that sums are exact, which sums of floating-point dollars are not.
 */
const PICODOLLARS_PER_TOKEN = 1_000_000;
const PICODOLLARS_PER_USD = 1e12;

function picodollars(tokens: number, usdPerMillion: number): bigint {
  return BigInt(tokens) * BigInt(Math.round(usdPerMillion * PICODOLLARS_PER_TOKEN));
}

function ratesFor(price: Price, promptTokens: number): Rates {
  const { longPrompt } = price;
  return longPrompt !== null && promptTokens > longPrompt.aboveTokens ? longPrompt.rates : price;
}

/**
 * Computes the cost of one model call in USD, exact to 1e-9. The usage must be that of a single call, because the
 * price for long prompts applies per request.
 *
 * @throws RangeError when a count is not a whole number
 */
export function costUsd(usage: TokenUsage, price: Price): number {
  const prompt = usage.inputTokens + usage.cacheCreationInputTokens + usage.cacheReadInputTokens;
  const rate = ratesFor(price, prompt);
  const total =
    picodollars(usage.inputTokens, rate.input) +
    picodollars(usage.cacheCreationInputTokens - usage.cacheCreation1hInputTokens, rate.cacheWrite) +
    picodollars(usage.cacheCreation1hInputTokens, rate.cacheWrite1h) +
    picodollars(usage.cacheReadInputTokens, rate.cacheRead) +
    picodollars(usage.outputTokens, rate.output);
  return Number(total) / PICODOLLARS_PER_USD;
}

/** What the highest cost of a call depends on, besides the length of its answer. */
export interface PricedCall {
  readonly inputTokensUpperBound: number;
  readonly price: Price;
  /** Whether the prompt is written to the one-hour cache. */
  readonly cachesForAnHour?: boolean;
}

/**
 * Computes the worst-case cost of one model call in USD: the whole prompt is written to the cache (the most expensive
 * way to read it), and the answer has `maxTokens`. A turn reserves this amount from the budget.
 *
 * @throws RangeError when a count is not a whole number
 */
export function worstCaseUsd({ maxTokens, ...call }: PricedCall & { readonly maxTokens: number }): number {
  const rate = ratesFor(call.price, call.inputTokensUpperBound);
  return Number(promptPicodollars(call) + picodollars(maxTokens, rate.output)) / PICODOLLARS_PER_USD;
}

/** The most tokens that the answer of a call may have so that the call costs at most `usd`; Infinity when they are free. */
export function maxTokensWithin(usd: number, call: PricedCall): number {
  const perToken = picodollars(1, ratesFor(call.price, call.inputTokensUpperBound).output);
  if (perToken === 0n) return Number.POSITIVE_INFINITY;
  const left = BigInt(Math.round(usd * PICODOLLARS_PER_USD)) - promptPicodollars(call);
  return Number(left / perToken);
}

function promptPicodollars({ inputTokensUpperBound, price, cachesForAnHour }: PricedCall): bigint {
  const rate = ratesFor(price, inputTokensUpperBound);
  const write = cachesForAnHour === true ? rate.cacheWrite1h : rate.cacheWrite;
  return picodollars(inputTokensUpperBound, Math.max(rate.input, write, rate.cacheRead));
}
