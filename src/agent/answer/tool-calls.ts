/** The tool calls of an answer, checked and described. Nothing here knows one of our tools by its name. */
import type Anthropic from '@anthropic-ai/sdk';
import type { StoredTurnView, ToolCallView, ToolEffect, TurnView } from '../../contract/api.js';
import { messageOf } from '../../contract/errors.js';
import { isServerTool } from '../../mcp/offered-tools.js';
import { NOT_A_JSON_OBJECT } from '../../model/collect.js';
import { commandOutputId, mcpOutputId } from '../outputs.js';
import { checkServerCall } from '../tools/server-tool.js';
import type { InvalidCall, ToolCall } from '../tools/tool.js';
import { TOOLS } from '../tools/tools.js';

/** The tools as the Messages API takes them. */
export const API_TOOLS: Anthropic.Tool[] = TOOLS.map(({ api }) => api);

/** The tool calls of an answer. */
export function callsOf(answer: readonly Anthropic.ContentBlock[]): Anthropic.ToolUseBlock[] {
  return answer.filter((block): block is Anthropic.ToolUseBlock => block.type === 'tool_use');
}

/** Checks one call: the tool exists and its input is valid. */
export function checkCall(call: Anthropic.ToolUseBlock): ToolCall | InvalidCall {
  const fault = inputFault(call.input);
  if (fault !== null) return { ok: false, problem: `the input of ${call.name} is not a JSON object${fault}` };
  if (isServerTool(call.name)) return checkServerCall(call);
  const tool = findTool(call.name);
  if (tool === undefined) return { ok: false, problem: whyNoTool(call.name) };
  return tool.check(call);
}

/** What follows "not a JSON object" about an input that arrived as other text; null for any other input. */
function inputFault(input: unknown): string | null {
  if (typeof input !== 'object' || input === null || !(NOT_A_JSON_OBJECT in input)) return null;
  const text = String(input[NOT_A_JSON_OBJECT]);
  try {
    JSON.parse(text);
    return ', or nested too deep';
  } catch (error) {
    return text === '' ? '' : `: ${messageOf(error)}`;
  }
}

function whyNoTool(name: string): string {
  const names = TOOLS.map((tool) => tool.name).join(', ');
  return `there is no tool ${JSON.stringify(name)}. Your tools are ${names}, and those with __ in their names, if you have any`;
}

/** Stored turns with their tool calls described, for people. */
export function describeTurns(turns: readonly StoredTurnView[]): TurnView[] {
  return turns.map(({ results, ...turn }) => ({
    ...turn,
    toolCalls: callsOf(turn.answer).map((call, position) => ({
      ...describeCall(call),
      result: results.find((result) => result.position === position) ?? null,
      outputId: outputIdOf(call.name, turn.number, position),
    })),
  }));
}

function outputIdOf(name: string, turn: number, position: number): string | null {
  switch (effectOf(name)) {
    case 'run':
      return commandOutputId(turn, position);
    case 'mcp':
      return mcpOutputId(turn, position);
    case 'read':
    case 'change':
    case 'submit':
    case 'ask':
    case null:
      return null;
  }
}

/** One line on a page; the page shows long texts elsewhere. */
const LABEL_CHARS = 200;

/** An invalid call has its input as label: the model's mistake is in it. */
function describeCall(call: Anthropic.ToolUseBlock): Omit<ToolCallView, 'result' | 'outputId'> {
  const { id, name, input } = call;
  const checked = checkCall(call);
  const label = checked.ok ? checked.label() : JSON.stringify(input);
  return {
    id,
    name,
    effect: effectOf(name),
    label: label.replaceAll(/\s+/g, ' ').slice(0, LABEL_CHARS),
  };
}

/** What a tool does; null for an unknown one. */
export function effectOf(name: string): ToolEffect | null {
  return isServerTool(name) ? 'mcp' : (findTool(name)?.effect ?? null);
}

function findTool(name: string) {
  return TOOLS.find((tool) => tool.name === name);
}
