import type Anthropic from '@anthropic-ai/sdk';

/** A request to the model: the conversation so far and the tools. */
export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly messages: Anthropic.MessageParam[];
  readonly tools: Anthropic.Tool[];
}
