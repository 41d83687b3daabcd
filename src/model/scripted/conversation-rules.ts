/**
 * What the Messages API refuses in a request whose single parts are valid. The rules and their messages follow the API
 * reference and the pages on tool use, extended thinking and prompt caching (platform.claude.com/docs, November 2026).
 * Pure.
 */
import { limitsOf } from '../known-models.js';
import { blocksOf, type Block, type ConversationMessage, type MessagesRequest } from './scripted-request.js';

/** Finds the first problem of a request; null when the API would accept it. */
export function findConversationProblem(request: MessagesRequest): string | null {
  const { messages } = request;
  return (
    findOutputProblem(request) ??
    findToolProblem(request) ??
    first(messages, findEmptyProblem) ??
    (messages[0]?.role === 'user' ? null : 'messages: first message must use the "user" role') ??
    findPairProblem(messages)
  );
}

function findOutputProblem({ model, max_tokens, output_config, thinking }: MessagesRequest): string | null {
  const { maxOutputTokens, efforts } = limitsOf(model);
  if (max_tokens > maxOutputTokens) {
    return `max_tokens: ${max_tokens} > ${maxOutputTokens}, which is the maximum allowed number of output tokens for ${model}`;
  }
  const effort = output_config?.effort ?? null;
  if (effort !== null && efforts.length === 0) return 'This model does not support the effort parameter.';
  if (effort !== null && !efforts.includes(effort)) {
    return `This model does not support effort level '${effort}'. Supported levels: ${efforts.join(', ')}.`;
  }
  return (thinking?.budget_tokens ?? 0) >= max_tokens
    ? '`max_tokens` must be greater than `thinking.budget_tokens`'
    : null;
}

function findToolProblem({ tools = [] }: MessagesRequest): string | null {
  const names = tools.map(({ name }) => name);
  return new Set(names).size === names.length ? null : 'tools: Tool names must be unique.';
}

/** Only the last message may be empty, and only if it begins the answer. Text is never blank, and thinking never the end. */
function findEmptyProblem(
  message: ConversationMessage,
  index: number,
  messages: readonly ConversationMessage[],
): string | null {
  const blocks = blocksOf(message);
  const begins = message.role === 'assistant' && index === messages.length - 1;
  if (message.content.length === 0 && !begins) {
    return `messages.${index}: all messages must have non-empty content except for the optional final assistant message`;
  }
  const misplaced = blocks.find(({ type }) => !MAY_HOLD[message.role].includes(type));
  if (misplaced !== undefined) {
    return `messages.${index}: \`${misplaced.type}\` blocks can not be in \`${message.role}\` messages`;
  }
  if (typeof message.content !== 'string' && blocks.some(isBlank)) {
    return `messages.${index}: text content blocks must contain non-whitespace text`;
  }
  const last = blocks.at(-1);
  if (last?.type === 'thinking') {
    return `messages.${index}: The final block in an assistant message cannot be \`thinking\`.`;
  }
  return begins && last?.type === 'text' && /\s$/.test(last.text)
    ? 'messages: final assistant content cannot end with trailing whitespace'
    : null;
}

const MAY_HOLD: Record<ConversationMessage['role'], readonly Block['type'][]> = {
  user: ['text', 'tool_result'],
  assistant: ['text', 'thinking', 'tool_use'],
};

function isBlank(block: Block): boolean {
  return block.type === 'text' && block.text.trim() === '';
}

/** Each tool call has one result, at the beginning of the next message of the user; each result has its call. */
function findPairProblem(messages: readonly ConversationMessage[]): string | null {
  const turns = mergeRoles(messages);
  const ids = turns.flatMap((turn) => callsIn(turn.blocks));
  if (new Set(ids).size < ids.length) return 'messages: `tool_use` ids must be unique';
  return first(turns, ({ blocks }, index) => {
    const results = resultsIn(turns[index + 1]?.blocks ?? []);
    const unanswered = callsIn(blocks).find((id) => !results.includes(id));
    if (unanswered !== undefined) {
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered}`;
    }
    return findResultProblem(blocks, callsIn(turns[index - 1]?.blocks ?? []), index);
  });
}

function findResultProblem(
  blocks: readonly Block[],
  called: readonly string[],
  index: number,
): string | null {
  const results = resultsIn(blocks);
  const unasked = results.find((id) => !called.includes(id));
  if (unasked !== undefined) {
    return `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unasked}`;
  }
  if (new Set(results).size < results.length) {
    return `messages.${index}: each \`tool_use\` must have a single result`;
  }
  const begins = blocks.slice(0, results.length).every(({ type }) => type === 'tool_result');
  return begins ? null : `messages.${index}: \`tool_result\` blocks must come first in the content`;
}

function callsIn(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
}

function resultsIn(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
}

/** Merges consecutive messages of one role, as the API does. */
export function mergeRoles(
  messages: readonly ConversationMessage[],
): readonly { readonly role: ConversationMessage['role']; readonly blocks: readonly Block[] }[] {
  const turns: { role: ConversationMessage['role']; blocks: readonly Block[] }[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last?.role === message.role) last.blocks = [...last.blocks, ...blocksOf(message)];
    else turns.push({ role: message.role, blocks: blocksOf(message) });
  }
  return turns;
}

/** The first problem that `find` reports. */
function first<T>(
  items: readonly T[],
  find: (item: T, index: number, all: readonly T[]) => string | null,
): string | null {
  for (const [index, item] of items.entries()) {
    const problem = find(item, index, items);
    if (problem !== null) return problem;
  }
  return null;
}
