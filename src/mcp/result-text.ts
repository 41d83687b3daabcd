/** The result of a server's tool as text. Images and other kinds of content are named, not sent. Pure. */
import { STRUCTURED } from './session.js';

/** Parts of a result: a search gives some dozens. */
const MOST_PARTS = 1_000;

/** Characters of a name of the server's choice. */
const NAME_CHARS = 200;

/** Joins the parts of a result, one after another. */
export function resultText(content: readonly unknown[]): string {
  const parts = content.slice(0, MOST_PARTS).map(partText);
  const more = content.length - MOST_PARTS;
  return [...parts, ...(more > 0 ? [`… and ${more} more parts, which are left out`] : [])].join('\n');
}

function partText(part: unknown): string {
  if (!isRecord(part)) return '[a part of an unknown kind]';
  const { type, text, resource, structuredContent } = part;
  switch (type) {
    case 'text':
      return typeof text === 'string' ? text : '';
    case 'image':
    case 'audio':
      return `[${type}: ${nameIn(part, 'mimeType')}, ${sizeOf(part['data'])}; it is not shown]`;
    case 'resource_link':
      return `[link to a resource: ${nameIn(part, 'name')} ${nameIn(part, 'uri')}]`;
    case 'resource':
      return isRecord(resource) ? resourceText(resource) : '[a resource without content]';
    case STRUCTURED:
      return asJson(structuredContent);
    default:
      return `[a part of the kind ${nameIn(part, 'type')}; it is not shown]`;
  }
}

function resourceText(resource: Readonly<Record<string, unknown>>): string {
  const name = `${nameIn(resource, 'uri')}, ${nameIn(resource, 'mimeType')}`;
  if (typeof resource['text'] === 'string') return `[resource: ${name}]\n${resource['text']}`;
  return `[resource: ${name}, ${sizeOf(resource['blob'])}; it is not shown]`;
}

function nameIn(part: Readonly<Record<string, unknown>>, key: string): string {
  const name = part[key];
  return typeof name === 'string' ? JSON.stringify(name.slice(0, NAME_CHARS)) : '(unnamed)';
}

/** The bytes of data in base64. */
function sizeOf(data: unknown): string {
  return typeof data === 'string' ? `${Math.floor((data.length * 3) / 4)} bytes` : 'no data';
}

/** Data that is nested too deeply for the stack is no use to a model either. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2);
  } catch {
    return '[data that cannot be shown]';
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
