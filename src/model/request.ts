import type Anthropic from '@anthropic-ai/sdk';
import type { Effort } from './known-models.js';

/** A request to the model: the conversation so far and the tools. */
export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly messages: Anthropic.MessageParam[];
  readonly tools: Anthropic.Tool[];
  /** Left out: the model's own default. */
  readonly effort?: Effort;
}
