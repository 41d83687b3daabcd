/**
 * The models that Leadwright knows: ids at each provider, prices and limits. No other file names them: a model that is
 * retired, renamed or repriced is changed only here. A plan's `prices` and `limits` come before these. Pure.
 */
import type { Provider } from './providers.js';

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
const OPUS_4_7: ModelLimits = { ...GENERATION_5, thinksByDefault: false };
const OPUS_4_6: ModelLimits = { ...OPUS_4_7, efforts: ['low', 'medium', 'high', 'max'] };
const OPUS_4_5: ModelLimits = {
  contextTokens: 200_000,
  maxOutputTokens: 64_000,
  efforts: ['low', 'medium', 'high'],
  thinksByDefault: false,
};
const SONNET_4_5: ModelLimits = { ...OPUS_4_5, efforts: [] };

interface KnownModel {
  readonly price: Price;
  readonly limits: ModelLimits;
  /** Its ids at providers where they are more than its name, with the prefix `anthropic.` on Bedrock. */
  readonly ids?: { readonly bedrock?: string; readonly vertex?: string };
}

/**
 * The published list prices, limits and ids (platform.claude.com/docs: "Pricing", "Effort", "Thinking", the overview page of
 * each model, and the model tables of "Claude in Amazon Bedrock", "Claude on Amazon Bedrock (Opus 4.6 and earlier)", "Claude
 * on Google Cloud" and "Claude in Microsoft Foundry", as of November 2026). Models for invited organizations only are left
 * out; a plan that uses one has to give its price.
 */
const LIST: ReadonlyMap<string, KnownModel> = new Map<string, KnownModel>([
  [SCRIPTED_MODEL, { price: flatPrice(0, 0), limits: OPUS_4_7 }],
  ['claude-fable-5-2', { price: flatPrice(8, 40, 0.025), limits: GENERATION_5 }],
  ['claude-fable-5-1', { price: flatPrice(10, 50, 0.025), limits: GENERATION_5 }],
  ['claude-fable-5', { price: flatPrice(10, 50), limits: GENERATION_5 }],
  ['claude-opus-5-5', { price: flatPrice(4, 20, 0.05), limits: GENERATION_5 }],
  ['claude-opus-5', { price: flatPrice(5, 25), limits: GENERATION_5 }],
  ['claude-opus-4-8', { price: flatPrice(5, 25), limits: OPUS_4_7 }],
  ['claude-opus-4-7', { price: flatPrice(5, 25), limits: OPUS_4_7 }],
  [
    'claude-opus-4-6',
    { price: flatPrice(5, 25), limits: OPUS_4_6, ids: { bedrock: 'anthropic.claude-opus-4-6-v1' } },
  ],
  [
    'claude-opus-4-5',
    {
      price: flatPrice(5, 25),
      limits: OPUS_4_5,
      ids: { bedrock: 'anthropic.claude-opus-4-5-20251101-v1:0', vertex: 'claude-opus-4-5@20251101' },
    },
  ],
  [DEFAULT_MODEL, { price: flatPrice(2, 10, 0.05), limits: GENERATION_5 }],
  ['claude-sonnet-5', { price: flatPrice(2, 10), limits: GENERATION_5 }],
  ['claude-sonnet-4-6', { price: flatPrice(3, 15), limits: OPUS_4_6 }],
  [
    'claude-sonnet-4-5',
    {
      price: flatPrice(3, 15),
      limits: SONNET_4_5,
      ids: { bedrock: 'anthropic.claude-sonnet-4-5-20250929-v1:0', vertex: 'claude-sonnet-4-5@20250929' },
    },
  ],
  ['claude-haiku-5-5', { price: HAIKU_5_5, limits: GENERATION_5 }],
  [
    'claude-haiku-4-5',
    {
      price: flatPrice(1, 5),
      limits: SONNET_4_5,
      ids: { bedrock: 'anthropic.claude-haiku-4-5-20251001-v1:0', vertex: 'claude-haiku-4-5@20251001' },
    },
  ],
]);

/** The models whose price is built in. */
export const PRICED_MODELS: readonly string[] = [...LIST.keys()];

/** What precedes the name of a model in an id of Bedrock: the ARN of a profile, and where calls may run. */
const BEDROCK_PREFIX = /^(?:arn:.*\/)?(?:([a-z-]+)\.)?anthropic\./;
/** What follows the name: a date, as in `claude-haiku-4-5-20251001`, or a version, of Google (`@`) or of Bedrock. */
const VERSION_SUFFIX = /(?:-\d{8})?(?:@.*|(?:-v\d+)?(?::\d+)?)$/;

/** The name of a model in the list, without what a date or a provider adds to it. */
function nameOf(model: string): string {
  return LIST.has(model) ? model : model.replace(BEDROCK_PREFIX, '').replace(VERSION_SUFFIX, '');
}

function find(model: string): KnownModel | null {
  return LIST.get(nameOf(model)) ?? null;
}

/**
 * The id of a model at a provider. A name such as `claude-sonnet-5-5` is mapped; an id of the provider's own (of another
 * region, a version, a profile, a deployment) stays as it is. On Bedrock, a name means the global profile: it works from every
 * commercial region, and costs the list price.
 */
export function modelIdAt(provider: Provider, model: string): string {
  if (!/^claude-[a-z0-9-]+$/.test(model)) return model;
  const name = nameOf(model);
  const ids = LIST.get(name)?.ids;
  switch (provider) {
    case 'anthropic':
      return model;
    case 'bedrock':
      return `global.${ids?.bedrock ?? `anthropic.${model}`}`;
    case 'vertex':
      return ids?.vertex ?? model;
    case 'foundry':
      // Deployments are named after the model, without its date, unless their owner chose another name.
      return ids !== undefined && /^-\d{8}$/.test(model.slice(name.length)) ? name : model;
  }
}

/**
 * What the place that a model's id names multiplies the list price by: calls that stay in one geography cost a tenth more
 * than those of Bedrock's global profiles, calls in AWS GovCloud a fifth. Source: platform.claude.com/docs, "Pricing".
 */
function placeFactor(model: string): number {
  const prefix = BEDROCK_PREFIX.exec(model);
  if (prefix === null || prefix[1] === 'global') return 1;
  return prefix[1] === 'us-gov' ? 1.2 : 1.1;
}

/**
 * The list price of a model; null for one that is not listed.
 * @param factor what the place of the endpoint multiplies it by
 */
export function listPriceOf(model: string, factor = 1): Price | null {
  const price = find(model)?.price;
  return price === undefined ? null : multiply(price, factor * placeFactor(model));
}

function multiply(price: Price, factor: number): Price {
  if (factor === 1) return price;
  const { longPrompt } = price;
  return {
    ...multiplyRates(price, factor),
    longPrompt:
      longPrompt === null ? null : { ...longPrompt, rates: multiplyRates(longPrompt.rates, factor) },
  };
}

function multiplyRates(of: Rates, factor: number): Rates {
  return {
    input: of.input * factor,
    output: of.output * factor,
    cacheWrite: of.cacheWrite * factor,
    cacheWrite1h: of.cacheWrite1h * factor,
    cacheRead: of.cacheRead * factor,
  };
}

/**
 * The limits of a model that is not listed. Most servers accept answers of this length; a longer limit than its model's
 * would be an error. A plan gives those of a smaller model. Any level of effort may be right.
 */
const UNKNOWN: ModelLimits = {
  contextTokens: 200_000,
  maxOutputTokens: 32_000,
  efforts: EFFORTS,
  thinksByDefault: false,
};

/** Limits in a plan, by model, in tokens. */
export type LimitsByModel = Readonly<Record<string, { readonly context: number; readonly output: number }>>;

/** The limits of a model: the plan's, otherwise the listed ones, otherwise cautious ones. */
export function limitsOf(model: string, planLimits: LimitsByModel = {}): ModelLimits {
  const listed = find(model)?.limits ?? UNKNOWN;
  const own = Object.hasOwn(planLimits, model) ? planLimits[model] : undefined;
  return own === undefined ? listed : { ...listed, contextTokens: own.context, maxOutputTokens: own.output };
}
