/** Answers as they come in, for whoever watches their tasks. */
import type Anthropic from '@anthropic-ai/sdk';
import type { TaskKey } from '../db/steps.js';

/** Which call of the model an answer belongs to. */
export interface CallKey extends TaskKey {
  readonly attempt: number;
  readonly turn: number;
  /** Its number in the ledger. */
  readonly call: number;
}

/** One answer on its way. Neither method throws or waits. */
export interface AnswerStream {
  readonly hear: (event: Anthropic.RawMessageStreamEvent) => void;
  /** Nothing more comes: it is whole, or broke off. */
  readonly end: () => void;
}

/** Where secrets stand in a text, in order. */
export type FindSecrets = (
  text: string,
) => readonly { readonly start: number; readonly end: number; readonly name: string }[];

/** Where answers are told as they come. */
export interface Deltas {
  begin(call: CallKey, find: FindSecrets): AnswerStream;
}

/** Where there is no notifier. */
export const NOBODY_WATCHES: Deltas = {
  begin: () => ({ hear: () => undefined, end: () => undefined }),
};
