/** Answers while they arrive, for people who watch their tasks. */
import type Anthropic from '@anthropic-ai/sdk';
import type { TaskKey } from '../../db/fencing.js';
import type { Redactor } from '../../redaction/redactor.js';

/** The model call that an answer belongs to. */
export interface CallKey extends TaskKey {
  readonly attempt: number;
  readonly turn: number;
  /** The call's number in the ledger. */
  readonly call: number;
}

/** Receives one answer while it arrives. Neither method throws or waits. */
export interface AnswerStream {
  readonly receive: (event: Anthropic.RawMessageStreamEvent) => void;
  /** The answer is complete, or it broke off. */
  readonly end: () => void;
}

/** Where answers go while they arrive. */
export interface AnswerStreams {
  /** @param redactor hides the secrets of what is passed on */
  begin(call: CallKey, redactor: Pick<Redactor, 'find'>): AnswerStream;
}

/** For a process without a server: answers are dropped. */
export const NOBODY_WATCHES: AnswerStreams = {
  begin: () => ({ receive: () => undefined, end: () => undefined }),
};
