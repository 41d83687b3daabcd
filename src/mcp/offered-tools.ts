/**
 * The tools of MCP servers as agents get them. What a server says of its tools is written by others, and may be hostile:
 * it is bounded, redacted, rebuilt from known parts, and marked as material. Pure.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { createHash } from 'node:crypto';
import { material } from '../shared/words/material.js';
import { boundedSchema } from './bounded-schema.js';
import { redactedHead, type Redact } from './redacted-head.js';

/** A tool of a server, and its definition for the Messages API. */
export interface OfferedTool {
  readonly server: string;
  /** Its name at the server. `api` has the name that the model uses. */
  readonly tool: string;
  readonly api: Anthropic.Tool;
}

/** The tools that a server lists, as it lists them. */
export type ListedTool = Readonly<Record<string, unknown>>;

/** Tools of one server, and of the servers of a task. Their definitions are sent with every request, and more of them confuse the model. */
export const MOST_TOOLS = 128;

/** Characters of all definitions of a server, and of those of a task: about 57,000 tokens. */
export const MOST_CHARS = 200_000;

/** Characters of a tool's description. Descriptions of the official servers have a few hundred. */
const DESCRIPTION_CHARS = 2_000;

/** Ends the name of the server in the name of a tool. No name of a server and no tool of ours holds it. */
const SEPARATOR = '__';

/** The Messages API takes 128 characters; servers that speak it for other models take 64. */
const NAME_LENGTH = 64;

/** Whether the model called a tool of an MCP server, by its name. */
export function isServerTool(name: string): boolean {
  return name.includes(SEPARATOR);
}

/** A server offers tools that cannot be given to an agent. The message is a sentence for people. */
export class UnusableTools extends Error {
  override readonly name = 'UnusableTools';
}

/**
 * Chooses and describes the tools that agents get.
 * @param only the names in the plan; null for all
 * @param redact hides the run's secrets
 * @throws UnusableTools when one of `only` is missing, or when there are too many
 */
export function offerTools(
  server: string,
  listed: readonly ListedTool[],
  only: readonly string[] | null,
  redact: Redact,
): OfferedTool[] {
  const byName = new Map<string, ListedTool>();
  for (const tool of listed) {
    const { name } = tool;
    // The first of two tools with one name: a later one cannot take its place.
    if (typeof name === 'string' && !byName.has(name)) byName.set(name, tool);
  }
  const show = (name: string) => JSON.stringify(redactedHead(name, NAME_SHOWN, redact));
  const missing = (only ?? []).filter((name) => !byName.has(name));
  if (missing.length > 0) {
    const known = [...byName.keys()].slice(0, NAMES_SHOWN).map(show).join(', ');
    throw new UnusableTools(
      `the server ${server} has no tool ${missing.map(show).join(', ')}. It has ${known === '' ? 'none' : known}`,
    );
  }
  const wanted = only ?? [...byName.keys()];
  const taken = new Set<string>();
  const offered = [...new Set(wanted)].slice(0, MOST_TOOLS).map((tool): OfferedTool => {
    const name = nameFor(server, tool, taken);
    taken.add(name);
    return { server, tool, api: describeTool(server, name, byName.get(tool) ?? {}, redact) };
  });
  const chars = definitionChars(offered);
  if (wanted.length > MOST_TOOLS || chars > MOST_CHARS) {
    throw new UnusableTools(
      `the server ${server} has ${wanted.length} tools with definitions of ${chars} characters, and at most ${MOST_TOOLS} tools and ${MOST_CHARS} characters can be given to an agent. Name those that your tasks need in its \`tools\``,
    );
  }
  return offered;
}

const NAMES_SHOWN = 20;

/** Characters of the definitions, as they are sent. */
export function definitionChars(tools: readonly OfferedTool[]): number {
  return JSON.stringify(tools.map(({ api }) => api)).length;
}

/** Characters of a name of the server's choice. */
const NAME_SHOWN = 64;

/** A name that the API accepts. A hash keeps apart what would become the same name. */
function nameFor(server: string, tool: string, taken: ReadonlySet<string>): string {
  const plain = `${server}${SEPARATOR}${tool.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
  if (tool !== '' && plain.length <= NAME_LENGTH && !taken.has(plain)) return plain;
  for (let hashed = tool; ; hashed = `${hashed} again`) {
    const hash = createHash('sha256').update(hashed).digest('hex').slice(0, HASH_DIGITS);
    const name = `${plain.slice(0, NAME_LENGTH - HASH_DIGITS - 1)}_${hash}`;
    if (!taken.has(name)) return name;
  }
}

const HASH_DIGITS = 10;

function describeTool(
  server: string,
  name: string,
  { description, inputSchema }: ListedTool,
  redact: Redact,
): Anthropic.Tool {
  const said =
    typeof description === 'string' ? redactedHead(description, DESCRIPTION_CHARS, redact).trim() : '';
  const about = `A tool of the MCP server ${server}.`;
  return {
    name,
    description: said === '' ? about : `${about} What the server says of it:\n${material(said)}`,
    input_schema: boundedSchema(inputSchema, redact),
  };
}
