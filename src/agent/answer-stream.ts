/** Answers as they come in, for whoever watches their tasks. */
import type Anthropic from '@anthropic-ai/sdk';
import type { TaskKey } from '../db/fencing.js';
import type { Masker } from '../redaction/redactor.js';

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

/** Where answers are told as they come. */
export interface Deltas {
  /** The masker hides secrets of what is told. */
  begin(call: CallKey, masker: Pick<Masker, 'find'>): AnswerStream;
}

/** Where there is no notifier. */
export const NOBODY_WATCHES: Deltas = {
  begin: () => ({ hear: () => undefined, end: () => undefined }),
};
