import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

/** The part of a Messages API request that a conversation with tools needs. Unknown keys are accepted. */
const TEXT = z.looseObject({ type: z.literal('text'), text: z.string() });
const TOOL_USE = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
});
const TOOL_RESULT = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: z.union([z.string(), z.array(TEXT)]).optional(),
  is_error: z.boolean().optional(),
});
const BLOCK = z.discriminatedUnion('type', [TEXT, TOOL_USE, TOOL_RESULT]);
const MESSAGE = z.looseObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([z.string(), z.array(BLOCK).min(1)]),
});
const REQUEST = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.number().int().positive(),
  messages: z.array(MESSAGE).min(1),
  stream: z.boolean().optional(),
  system: z.union([z.string(), z.array(TEXT)]).optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
});

export type Block = z.output<typeof BLOCK>;
export type ConversationMessage = z.output<typeof MESSAGE>;
export type MessagesRequest = z.output<typeof REQUEST>;

/** A request to the scripted model, as tests see it. */
export interface RecordedRequest {
  readonly body: MessagesRequest;
  readonly headers: IncomingHttpHeaders;
  /** `abandoned`: the client disconnected, or the server was closed, before the end of the answer. */
  readonly outcome: 'open' | 'answered' | 'failed' | 'abandoned';
}

/** A parsed request, or the API's error message for it. */
export type ReadRequest =
  { readonly ok: true; readonly request: MessagesRequest } | { readonly ok: false; readonly message: string };

/** Parses a request's body as strictly as the API does. */
export function readRequest(body: string): ReadRequest {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, message: 'The request body is not valid JSON' };
  }
  const read = REQUEST.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined ? '' : issue.path.map(String).join('.');
    return { ok: false, message: `${where}: ${issue?.message ?? 'invalid'}` };
  }
  const problem = findConversationProblem(read.data.messages);
  return problem === null ? { ok: true, request: read.data } : { ok: false, message: problem };
}

/** The content of a message as blocks. A plain string stands for one text block. */
export function blocksOf({ content }: ConversationMessage): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/**
 * Finds what the API refuses in a conversation of valid messages: tool calls without results in the next message of the
 * user, and results without a call.
 */
function findConversationProblem(messages: readonly ConversationMessage[]): string | null {
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  const turns = mergeRoles(messages);
  for (const [index, turn] of turns.entries()) {
    const called = turn.blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    const results = resultsIn(turns[index + 1]?.blocks ?? []);
    const unanswered = called.find((id) => !results.includes(id));
    if (unanswered !== undefined) {
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered}`;
    }
    const before = turns[index - 1]?.blocks ?? [];
    const unasked = resultsIn(turn.blocks).find(
      (id) => !before.some((block) => block.type === 'tool_use' && block.id === id),
    );
    if (unasked !== undefined) {
      return `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unasked}`;
    }
  }
  return null;
}

function resultsIn(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
}

/** Merges consecutive messages of one role, as the API does. */
function mergeRoles(
  messages: readonly ConversationMessage[],
): readonly { readonly blocks: readonly Block[] }[] {
  const turns: { role: string; blocks: readonly Block[] }[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last?.role === message.role) last.blocks = [...last.blocks, ...blocksOf(message)];
    else turns.push({ role: message.role, blocks: blocksOf(message) });
  }
  return turns;
}
