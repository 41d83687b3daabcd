/**
 * Model ids and prices. No other file names them: a model that is retired, renamed or repriced is changed only here. A
 * plan's `prices` overrides these prices.
 */

/** The default model of a run: a current Sonnet. */
export const DEFAULT_MODEL = 'claude-sonnet-5-5';
/** The model that answers from a script on this machine. It costs nothing. */
export const SCRIPTED_MODEL = 'scripted';

/** Rates in USD per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** For writing a prompt to the five-minute cache. */
  readonly cacheWrite: number;
  /** For writing a prompt to the one-hour cache. */
  readonly cacheWrite1h: number;
  readonly cacheRead: number;
}

/** A model's price. Some models charge more for every token of a request whose prompt is long. */
export interface Price extends Rates {
  readonly longPrompt: { readonly aboveTokens: number; readonly rates: Rates } | null;
}

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

/** A write to the five-minute cache costs this multiple of the input rate, for every listed model. */
const CACHE_WRITE_FACTOR = 1.25;
/** And a write to the one-hour cache this multiple. */
const CACHE_WRITE_1H_FACTOR = 2;
/** A cache read costs this multiple of the input rate, unless the list says otherwise. */
const CACHE_READ_FACTOR = 0.1;

function rates(input: number, output: number, cacheReadFactor = CACHE_READ_FACTOR): Rates {
  return {
    input,
    output,
    cacheWrite: input * CACHE_WRITE_FACTOR,
    cacheWrite1h: input * CACHE_WRITE_1H_FACTOR,
    cacheRead: input * cacheReadFactor,
  };
}

function flat(input: number, output: number, cacheReadFactor = CACHE_READ_FACTOR): Price {
  return { ...rates(input, output, cacheReadFactor), longPrompt: null };
}

/**
 * The published list prices (platform.claude.com/docs/en/about-claude/pricing and the overview page of each
 * model, as of November 2026). Models for invited organizations only are left out; a plan that uses one has to give its
 * price.
 */
const LIST: ReadonlyMap<string, Price> = new Map([
  [SCRIPTED_MODEL, flat(0, 0)],
  ['claude-fable-5-2', flat(8, 40, 0.025)],
  ['claude-fable-5-1', flat(10, 50, 0.025)],
  ['claude-fable-5', flat(10, 50)],
  ['claude-opus-5-5', flat(4, 20, 0.05)],
  ['claude-opus-5', flat(5, 25)],
  ['claude-opus-4-8', flat(5, 25)],
  ['claude-opus-4-7', flat(5, 25)],
  ['claude-opus-4-6', flat(5, 25)],
  ['claude-opus-4-5', flat(5, 25)],
  [DEFAULT_MODEL, flat(2, 10, 0.05)],
  ['claude-sonnet-5', flat(2, 10)],
  ['claude-sonnet-4-6', flat(3, 15)],
  ['claude-sonnet-4-5', flat(3, 15)],
  ['claude-haiku-5-5', { ...rates(0.1, 0.5), longPrompt: { aboveTokens: 100_000, rates: rates(0.5, 2.5) } }],
  ['claude-haiku-4-5', flat(1, 5)],
]);

/** The models whose price is built in, for `doctor` and for messages. */
export const PRICED_MODELS: readonly string[] = [...LIST.keys()];

/** The date in an id such as `claude-haiku-4-5-20251001`, which has the price of `claude-haiku-4-5`. */
const DATE_SUFFIX = /-\d{8}$/;

/**
 * Returns the price of a model: the plan's price, otherwise the list price (a dated id has the price of the undated
 * one), otherwise null. A model without a price cannot run under a budget.
 */
export function priceOf(model: string, planPrices: PlanPrices = {}): Price | null {
  const own = Object.hasOwn(planPrices, model) ? planPrices[model] : undefined;
  if (own !== undefined) return flat(own.input, own.output);
  return LIST.get(model) ?? LIST.get(model.replace(DATE_SUFFIX, '')) ?? null;
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

/**
 * Computes the worst-case cost of one model call in USD: the whole prompt is written to the cache (the most expensive
 * way to read it), and the answer has `maxTokens`. A turn reserves this amount from the budget.
 *
 * @throws RangeError when a count is not a whole number
 */
export function worstCaseUsd(call: {
  readonly inputTokensUpperBound: number;
  readonly maxTokens: number;
  readonly price: Price;
  /** Whether the prompt is written to the one-hour cache. */
  readonly cachesForAnHour?: boolean;
}): number {
  const rate = ratesFor(call.price, call.inputTokensUpperBound);
  const write = call.cachesForAnHour === true ? rate.cacheWrite1h : rate.cacheWrite;
  const highest = Math.max(rate.input, write, rate.cacheRead);
  const total = picodollars(call.inputTokensUpperBound, highest) + picodollars(call.maxTokens, rate.output);
  return Number(total) / PICODOLLARS_PER_USD;
}
