/** The result of a server's tool as text. Images and other kinds of content are named, not sent. Pure. */
import { isRecord } from '../shared/is-record.js';
import { headAndTail, RECORDED_CHARS } from '../results/head-and-tail.js';
import type { Folders } from '../results/command-folders.js';
import { asTerminalText, relativeFilePaths } from '../results/neutral-output.js';
import { redactedHead, redactedTail, type Redact } from './redacted-head.js';
import { STRUCTURED } from './session.js';

/** Parts of a result: a search gives some dozens. */
const MOST_PARTS = 1_000;

/** Characters of a name of the server's choice. */
const NAME_CHARS = 200;

/**
 * Joins the parts of a result, one after another.
 * @param redact hides secrets in names before they are cut; texts are left as they are
 */
export function resultText(content: readonly unknown[], redact: Redact): string {
  const parts = content.slice(0, MOST_PARTS).map((part) => partText(part, redact));
  const more = content.length - MOST_PARTS;
  return [...parts, ...(more > 0 ? [`… and ${more} more parts, which are left out`] : [])].join('\n');
}

/** The part of a result that is recorded. */
export interface RecordedResult {
  readonly output: string;
  /** Whether it is all of the result. */
  readonly isWhole: boolean;
  /** Characters of the whole result. */
  readonly chars: number;
}

/**
 * The part of a result that is recorded, without secrets. A result is no terminal's output: no line overwrites another.
 * @param folders the server's: the draft's files in them are named as an agent names them
 */
export function recordedResult(
  content: readonly unknown[],
  redact: Redact,
  folders: readonly Folders[] = [],
): RecordedResult {
  // Before secrets are looked for: what it joins could be one.
  const lines = relativeFilePaths(resultText(content, redact), folders).replaceAll(/\r\n?/g, '\n');
  const text = asTerminalText(lines);
  const chars = text.length;
  if (chars <= 2 * RECORDED_CHARS) {
    const clean = redact(text);
    const isWhole = clean.length <= RECORDED_CHARS;
    return { output: headAndTail(clean, RECORDED_CHARS), isWhole, chars: clean.length };
  }
  // What is redacted is bounded. Each part loses what its cut may have split, also where redaction shortens it.
  const head = redactedHead(text, RECORDED_CHARS, redact);
  const tail = redactedTail(text, RECORDED_CHARS, redact);
  const rest = chars - head.length - tail.length;
  const joined = `${head}\n… ${rest} characters left out …\n${tail}`;
  return { output: headAndTail(joined, RECORDED_CHARS, chars), isWhole: false, chars };
}

function partText(part: unknown, redact: Redact): string {
  if (!isRecord(part)) return '[a part of an unknown kind]';
  const { type, text, resource, structuredContent } = part;
  switch (type) {
    case 'text':
      return typeof text === 'string' ? text : '';
    case 'image':
    case 'audio':
      return `[${type}: ${nameIn(part, 'mimeType', redact)}, ${sizeOf(part['data'])}; it is not shown]`;
    case 'resource_link':
      return `[link to a resource: ${nameIn(part, 'name', redact)} ${nameIn(part, 'uri', redact)}]`;
    case 'resource':
      return isRecord(resource) ? resourceText(resource, redact) : '[a resource without content]';
    case STRUCTURED:
      return asJson(structuredContent);
    default:
      return `[a part of the kind ${nameIn(part, 'type', redact)}; it is not shown]`;
  }
}

function resourceText(resource: Readonly<Record<string, unknown>>, redact: Redact): string {
  const name = `${nameIn(resource, 'uri', redact)}, ${nameIn(resource, 'mimeType', redact)}`;
  if (typeof resource['text'] === 'string') return `[resource: ${name}]\n${resource['text']}`;
  return `[resource: ${name}, ${sizeOf(resource['blob'])}; it is not shown]`;
}

function nameIn(part: Readonly<Record<string, unknown>>, key: string, redact: Redact): string {
  const name = part[key];
  return typeof name === 'string' ? JSON.stringify(redactedHead(name, NAME_CHARS, redact)) : '(unnamed)';
}

/** The bytes of data in base64. */
function sizeOf(data: unknown): string {
  return typeof data === 'string' ? `${Math.floor((data.length * 3) / 4)} bytes` : 'no data';
}

/**
 * Without indentation, which would make megabytes of kilobytes that are nested deeply. Data that is nested too deeply for
 * the stack is no use to a model either.
 */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '[data that cannot be shown]';
  }
}
