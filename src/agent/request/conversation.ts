/**
 * Which conversation the next turn belongs to. A conversation is append-only: its system prompt and tools are stored with
 * its first turn and sent unchanged, also by a newer build. One that grew too long, or fails twice in the same way, ends
 * with a summary, from which the next one starts. Another model begins another conversation, and so does what follows a
 * refusal, of an answer or of a whole request: the provider refuses a conversation again as long as it holds what was
 * refused. Pure.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { limitsOf, type ModelLimits, type LimitsByModel } from '../../model/known-models.js';
import type { Opening, TurnRecord } from '../../db/turns.js';
import { textOf } from '../answer/interpret-answer.js';

export type NextTurn =
  /** The first turn of a conversation. */
  | { readonly kind: 'begin'; readonly conversation: number; readonly after: EndedConversation | null }
  | LaterTurn;

/** A turn that continues a conversation, or ends it with a summary. */
export interface LaterTurn {
  readonly kind: 'continue' | 'summarize';
  readonly conversation: number;
  readonly opening: Opening;
  /** The conversation so far; never empty. */
  readonly turns: readonly [TurnRecord, ...TurnRecord[]];
  readonly last: TurnRecord;
}

/** What ends a conversation before its task is done. */
export interface Demands {
  /** The model that this attempt is for. */
  readonly model: string;
  /** The run's plan's limits of models. */
  readonly limits: LimitsByModel;
  /** Whether the provider has refused this turn's request as too long. */
  readonly tooLong: boolean;
  /** Whether it has refused one for another reason, about which a person was asked. */
  readonly refused: boolean;
}

/** A conversation that is over: the next one begins with what it left. */
export interface EndedConversation {
  /** Its number: how many conversations the task has had. */
  readonly number: number;
  /** Null when another model goes on at once, when the model or its server refused, or when it gave none. */
  readonly summary: string | null;
  /** The outcome of its last submission or question; null when there was none. */
  readonly reply: string | null;
}

/**
 * A conversation that reaches this share of its model's window is summarised. The rest has room for one more message
 * with the results of several read tools, and for its answer. A model with a smaller window refuses the request.
 */
const FULL_SHARE = 0.75;

/** The share of the window that an answer may always have: half of what a full conversation leaves free. */
const ANSWER_SHARE = (1 - FULL_SHARE) / 2;

/**
 * The longest answer that fits into the window beside a prompt. Many servers refuse a request whose prompt and
 * `max_tokens` exceed the window together.
 * @param inputTokens the tokens of the prompt, estimated high
 */
export function roomForAnswer({ contextTokens, maxOutputTokens }: ModelLimits, inputTokens: number): number {
  const least = Math.floor(ANSWER_SHARE * contextTokens);
  return Math.min(maxOutputTokens, Math.max(least, contextTokens - inputTokens));
}

/** Text and code have three characters a token or more; Chinese and Japanese fewer. */
const CHARS_PER_TOKEN = 3;

/**
 * The characters of results that fit into the window beside a conversation and an answer.
 * @param tokens the tokens of the conversation, as the provider counted them
 */
export function roomForResults({ contextTokens }: ModelLimits, tokens: number): number {
  return Math.max(0, Math.floor((1 - ANSWER_SHARE) * contextTokens) - tokens) * CHARS_PER_TOKEN;
}

/** The summary in a model's answer; null when it refused or wrote nothing. */
export function summaryIn(
  answer: readonly Anthropic.ContentBlock[],
  stopReason: Anthropic.StopReason,
): string | null {
  const text = stopReason === 'refusal' ? '' : textOf(answer);
  return text === '' ? null : text;
}

/** Decides what the next turn is. */
export function nextTurn(earlier: readonly TurnRecord[], demands: Demands): NextTurn {
  const last = earlier.at(-1);
  if (last === undefined) return { kind: 'begin', conversation: 1, after: null };
  const { conversation } = last;
  // A person's answer to a missing summary or a refusal is no outcome, and the next conversation begins with all answers.
  const outcome = earlier.findLast((turn) => turn.kind === 'work' && !isRefused(turn) && turn.reply !== null);
  const reply = outcome?.reply ?? null;
  const begin = (summary: EndedConversation['summary']): NextTurn => ({
    ...{ kind: 'begin', conversation: conversation + 1, after: { number: conversation, summary, reply } },
  });
  if (last.kind === 'summary') return begin(summaryIn(last.answer, last.stopReason));
  if (isRefused(last) || demands.refused) return begin(null);
  const [first, ...rest] = earlier.filter((turn) => turn.conversation === conversation);
  if (first?.opening === null || first === undefined) {
    throw new TypeError(`Conversation ${conversation} has no opening in the record.`);
  }
  const turns = [first, ...rest] as const;
  const failsAgain = turns.some(({ startsAgain }) => startsAgain);
  // The signatures of one model's thinking mean nothing to another.
  if (first.model !== demands.model && !failsAgain) return begin(null);
  const kind = demands.tooLong || failsAgain || isFull(last, demands.limits) ? 'summarize' : 'continue';
  return { kind, conversation, opening: first.opening, turns, last };
}

/** @see https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals */
function isRefused({ stopReason }: TurnRecord): boolean {
  return stopReason === 'refusal';
}

/** Whether a turn has made its conversation too long to go on. */
export function isFull(
  {
    model,
    stopReason,
    tokens,
  }: { readonly model: string; readonly stopReason: string; readonly tokens: number },
  limits: LimitsByModel,
): boolean {
  return (
    stopReason === 'model_context_window_exceeded' ||
    tokens >= FULL_SHARE * limitsOf(model, limits).contextTokens
  );
}
