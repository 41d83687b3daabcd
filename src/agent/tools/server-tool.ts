import type Anthropic from '@anthropic-ai/sdk';
import type { InvalidCall, ValidCall } from './tool.js';

/** Characters of an input. A server gets it in one message. */
const INPUT_CHARS = 200_000;

/**
 * Checks a call of a tool of an MCP server: its input is an object of a sane size. Whether the server has the tool is
 * found when the call is carried out, and the server checks the input against its own schema: here, a hostile schema
 * could take any time.
 */
export function checkServerCall({
  id,
  name,
  input,
}: Pick<Anthropic.ToolUseBlock, 'id' | 'name' | 'input'>): ValidCall<'mcp'> | InvalidCall {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { ok: false, problem: `the input of ${name} is not an object` };
  if (JSON.stringify(input).length > INPUT_CHARS)
    return { ok: false, problem: `the input of ${name} is longer than ${INPUT_CHARS} characters` };
  const given: Readonly<Record<string, unknown>> = { ...input };
  return { ok: true, id, effect: 'mcp', label: () => JSON.stringify(given), run: () => given };
}
