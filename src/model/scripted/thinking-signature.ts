/**
 * Signatures of thinking. Current models bind their thinking to the system prompt, the tools and all messages before it,
 * and the API checks that when it comes back. Pure.
 */
import { createHash } from 'node:crypto';
import type { Segment } from './request-segments.js';
import type { MessagesRequest } from './scripted-request.js';

/** Signs thinking that answers a request with these segments. */
export function signThinking(thinking: string, segments: readonly Segment[]): string {
  return `${digestOf(thinking)}.${digestOf(segments.at(-1)?.prefix ?? '')}`;
}

/**
 * Finds thinking that was changed, or that follows another conversation than the one that it answered. With
 * `prefix_mismatch_behavior: drop_block` the API leaves the latter out instead.
 */
export function findThinkingProblem(
  { thinking }: MessagesRequest,
  segments: readonly Segment[],
): string | null {
  const drops = thinking?.block_binding?.prefix_mismatch_behavior === 'drop_block';
  for (const [index, { block }] of segments.entries()) {
    if (block?.type !== 'thinking') continue;
    const [text, prefix] = block.signature.split('.');
    if (text !== digestOf(block.thinking)) return 'messages: Invalid `signature` in `thinking` block';
    if (!drops && prefix !== digestOf(segments[index - 1]?.prefix ?? '')) {
      return 'messages: `thinking` block is bound to a different conversation';
    }
  }
  return null;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
