/**
 * The models that Leadwright knows: ids, prices and limits. No other file names them: a model that is retired, renamed or
 * repriced is changed only here. A plan's `prices` overrides these prices. Pure.
 */

/** The default model of a run: a current Sonnet. */
export const DEFAULT_MODEL = 'claude-sonnet-5-5';
/** The model that answers from a script on this machine. It costs nothing. */
export const SCRIPTED_MODEL = 'scripted';

/** Levels of `output_config.effort`: how much a model thinks and writes before it is done. */
export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

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

export interface ModelLimits {
  /** The context window: prompt and answer together, in tokens. */
  readonly contextTokens: number;
  /** The highest `max_tokens` that the model accepts. */
  readonly maxOutputTokens: number;
  /** The levels of effort that it accepts; another level is an error. */
  readonly efforts: readonly Effort[];
  /** Whether it thinks unless a request says otherwise. Its thinking can then be requested as a summary. */
  readonly thinksByDefault: boolean;
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

/** A price that is the same for prompts of every length. */
export function flatPrice(input: number, output: number, cacheReadFactor?: number): Price {
  return { ...rates(input, output, cacheReadFactor), longPrompt: null };
}

const HAIKU_5_5: Price = {
  ...rates(0.1, 0.5),
  longPrompt: { aboveTokens: 100_000, rates: rates(0.5, 2.5) },
};

// Limits that several models share, named after the first of them.
const GENERATION_5: ModelLimits = {
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  efforts: EFFORTS,
  thinksByDefault: true,
};
const HAIKU_5: ModelLimits = { ...GENERATION_5, contextTokens: 200_000 };
const OPUS_4_7: ModelLimits = { ...HAIKU_5, thinksByDefault: false };
const OPUS_4_6: ModelLimits = { ...OPUS_4_7, efforts: ['low', 'medium', 'high', 'max'] };
const OPUS_4_5: ModelLimits = { ...OPUS_4_7, maxOutputTokens: 64_000, efforts: ['low', 'medium', 'high'] };
const SONNET_4_5: ModelLimits = { ...OPUS_4_5, efforts: [] };

/**
 * The published list prices and limits (platform.claude.com/docs: "Pricing", "Effort", "Thinking" and the overview page
 * of each model, as of November 2026). Models for invited organizations only are left out; a plan that uses one has to
 * give its price.
 */
const LIST: ReadonlyMap<string, { readonly price: Price; readonly limits: ModelLimits }> = new Map([
  [SCRIPTED_MODEL, { price: flatPrice(0, 0), limits: OPUS_4_7 }],
  ['claude-fable-5-2', { price: flatPrice(8, 40, 0.025), limits: GENERATION_5 }],
  ['claude-fable-5-1', { price: flatPrice(10, 50, 0.025), limits: GENERATION_5 }],
  ['claude-fable-5', { price: flatPrice(10, 50), limits: GENERATION_5 }],
  ['claude-opus-5-5', { price: flatPrice(4, 20, 0.05), limits: GENERATION_5 }],
  ['claude-opus-5', { price: flatPrice(5, 25), limits: GENERATION_5 }],
  ['claude-opus-4-8', { price: flatPrice(5, 25), limits: OPUS_4_7 }],
  ['claude-opus-4-7', { price: flatPrice(5, 25), limits: OPUS_4_7 }],
  ['claude-opus-4-6', { price: flatPrice(5, 25), limits: OPUS_4_6 }],
  ['claude-opus-4-5', { price: flatPrice(5, 25), limits: OPUS_4_5 }],
  [DEFAULT_MODEL, { price: flatPrice(2, 10, 0.05), limits: GENERATION_5 }],
  ['claude-sonnet-5', { price: flatPrice(2, 10), limits: GENERATION_5 }],
  ['claude-sonnet-4-6', { price: flatPrice(3, 15), limits: OPUS_4_6 }],
  ['claude-sonnet-4-5', { price: flatPrice(3, 15), limits: SONNET_4_5 }],
  ['claude-haiku-5-5', { price: HAIKU_5_5, limits: HAIKU_5 }],
  ['claude-haiku-4-5', { price: flatPrice(1, 5), limits: SONNET_4_5 }],
]);

/** The models whose price is built in, for `doctor` and for messages. */
export const PRICED_MODELS: readonly string[] = [...LIST.keys()];

/** The date in an id such as `claude-haiku-4-5-20251001`, which is the model `claude-haiku-4-5`. */
const DATE_SUFFIX = /-\d{8}$/;

function find(model: string) {
  return LIST.get(model) ?? LIST.get(model.replace(DATE_SUFFIX, '')) ?? null;
}

/** The list price of a model; null for one that is not listed. */
export function listPriceOf(model: string): Price | null {
  return find(model)?.price ?? null;
}

/**
 * The limits of a model that is not listed. Nearly every server accepts answers of this length; a longer limit than its
 * model's would be an error. Any level of effort may be right.
 */
const UNKNOWN: ModelLimits = {
  contextTokens: 200_000,
  maxOutputTokens: 32_000,
  efforts: EFFORTS,
  thinksByDefault: false,
};

/** The limits of a model; cautious ones for a model that is not listed. */
export function limitsOf(model: string): ModelLimits {
  return find(model)?.limits ?? UNKNOWN;
}
