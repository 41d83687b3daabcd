/**
 * Model ids and what they cost: the one place that names either. A model that is retired, renamed or priced
 * anew is changed here and nowhere else; a plan's `prices` overrides whatever is written here.
 */

/** The model of a run that names none: a current Sonnet. */
export const DEFAULT_MODEL = 'claude-sonnet-5-5';
/** The model that answers from a script on this machine. It costs nothing. */
export const SCRIPTED_MODEL = 'scripted';

/** Rates in USD per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Writing a prompt to the cache that lives five minutes. */
  readonly cacheWrite: number;
  readonly cacheRead: number;
}

/** A model's price. Some models charge a request with a long prompt more, for every token of that request. */
export interface Price extends Rates {
  readonly longPrompt: { readonly aboveTokens: number; readonly rates: Rates } | null;
}

/** What a plan says of a model's price, in USD per million tokens. */
export type PlanPrices = Readonly<Record<string, { readonly input: number; readonly output: number }>>;

/** What one model call used. The four counts are disjoint, as the Messages API reports them. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheCreationInputTokens: number;
  readonly cacheReadInputTokens: number;
}

/** A five-minute cache write costs this times the input rate, for every model of the list. */
const CACHE_WRITE_FACTOR = 1.25;
/** A cache read costs this times the input rate where the list, or a plan, says nothing else. */
const CACHE_READ_FACTOR = 0.1;

function rates(input: number, output: number, cacheReadFactor = CACHE_READ_FACTOR): Rates {
  return { input, output, cacheWrite: input * CACHE_WRITE_FACTOR, cacheRead: input * cacheReadFactor };
}

function flat(input: number, output: number, cacheReadFactor = CACHE_READ_FACTOR): Price {
  return { ...rates(input, output, cacheReadFactor), longPrompt: null };
}

/**
 * The published list prices (platform.claude.com/docs/en/about-claude/pricing and the overview page of each
 * model, as of November 2026). Models that only invited organizations can call are left out: a plan that uses
 * one gives its price.
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

/** `claude-haiku-4-5-20251001` is `claude-haiku-4-5` of that day, at the same price. */
const DATE_SUFFIX = /-\d{8}$/;

/**
 * The price of a model: the plan's when it has one, otherwise the list's (a dated id has the price of its
 * undated one), otherwise null. A model without a price cannot run under a budget.
 */
export function priceOf(model: string, planPrices: PlanPrices = {}): Price | null {
  const own = Object.hasOwn(planPrices, model) ? planPrices[model] : undefined;
  if (own !== undefined) return flat(own.input, own.output);
  return LIST.get(model) ?? LIST.get(model.replace(DATE_SUFFIX, '')) ?? null;
}

/**
 * Sums of money are counted in whole picodollars: a rate in USD per million tokens has then at most six
 * decimals to keep, and a sum of any size stays exact, which a sum of floating-point dollars does not.
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
 * What one model call cost, in USD, exact to 1e-9. Give it one call at a time, not a sum of calls: where a
 * price has a step for long prompts, each request is on its own side of it.
 *
 * @throws RangeError when a count is not a whole number
 */
export function costUsd(usage: TokenUsage, price: Price): number {
  const prompt = usage.inputTokens + usage.cacheCreationInputTokens + usage.cacheReadInputTokens;
  const rate = ratesFor(price, prompt);
  const total =
    picodollars(usage.inputTokens, rate.input) +
    picodollars(usage.cacheCreationInputTokens, rate.cacheWrite) +
    picodollars(usage.cacheReadInputTokens, rate.cacheRead) +
    picodollars(usage.outputTokens, rate.output);
  return Number(total) / PICODOLLARS_PER_USD;
}

/**
 * The most that one model call can cost, in USD: the whole prompt written to the cache (dearer than reading
 * it plainly) and an answer of `maxTokens`. This is what a turn reserves from the budget.
 *
 * @throws RangeError when a count is not a whole number
 */
export function worstCaseUsd(call: {
  readonly inputTokensUpperBound: number;
  readonly maxTokens: number;
  readonly price: Price;
}): number {
  const rate = ratesFor(call.price, call.inputTokensUpperBound);
  const dearest = Math.max(rate.input, rate.cacheWrite, rate.cacheRead);
  const total = picodollars(call.inputTokensUpperBound, dearest) + picodollars(call.maxTokens, rate.output);
  return Number(total) / PICODOLLARS_PER_USD;
}
