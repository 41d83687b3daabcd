/**
 * The input schema of a server's tool, rebuilt from the keywords that help a model to write an input. Nothing else of it
 * is sent: the API refuses a whole request for one schema that it does not like. Pure.
 */
import { isRecord } from '../shared/is-record.js';
import type Anthropic from '@anthropic-ai/sdk';
import { redactedHead, type Redact } from './redacted-head.js';

/** Schemas of real tools are some levels deep. */
const MOST_DEPTH = 10;
/** Values of one schema. The largest of the official servers has about a hundred. */
const MOST_VALUES = 1_000;
/** Characters of a whole schema. */
const MOST_CHARS = 20_000;
/** Characters of one text in it. */
const TEXT_CHARS = 1_000;

/** What the API accepts as the name of a property. */
const PROPERTY = /^[A-Za-z0-9_.-]{1,64}$/;
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const NUMBERS = ['minimum', 'maximum'];
const LENGTHS = ['minLength', 'maxLength', 'minItems', 'maxItems'];
const ALTERNATIVES = ['anyOf', 'oneOf', 'allOf'];
const DEFINITIONS = ['$defs', 'definitions'];
const REFERENCE = /^#\/(?:\$defs|definitions)\/[A-Za-z0-9_.-]{1,64}$/;

/** For a schema that cannot be sent: any input. The server says what is wrong with it. */
const ANY_INPUT: Anthropic.Tool.InputSchema = { type: 'object' };

/** A schema grew beyond a bound. */
class TooLarge extends Error {}

/** Rebuilds a schema, or returns one for any input when it is too large or no schema of an object. */
export function boundedSchema(given: unknown, redact: Redact): Anthropic.Tool.InputSchema {
  try {
    const schema = new Rebuilding(redact).schema(given, 0);
    // The API takes no alternatives at the top.
    const top = Object.fromEntries(Object.entries(schema).filter(([key]) => !ALTERNATIVES.includes(key)));
    const definitions = isRecord(given) ? definitionsOf(given, redact) : {};
    const whole = { ...top, ...definitions, type: 'object' as const };
    if (JSON.stringify(whole).length > MOST_CHARS || hasLooseReference(whole)) return ANY_INPUT;
    return whole;
  } catch (error) {
    if (error instanceof TooLarge) return ANY_INPUT;
    throw error;
  }
}

function definitionsOf(given: Readonly<Record<string, unknown>>, redact: Redact): Record<string, unknown> {
  const rebuilding = new Rebuilding(redact);
  return Object.fromEntries(
    DEFINITIONS.flatMap((key) => (isRecord(given[key]) ? [[key, rebuilding.schemas(given[key], 0)]] : [])),
  );
}

/** A reference to a definition that is not there makes a schema invalid. */
function hasLooseReference(schema: Readonly<Record<string, unknown>>): boolean {
  const references = JSON.stringify(schema).matchAll(/"\$ref":"#\/([^/"]+)\/([^"]+)"/g);
  return [...references].some(([, group = '', name = '']) => {
    const definitions = schema[group];
    return !isRecord(definitions) || !Object.hasOwn(definitions, name);
  });
}

class Rebuilding {
  private values = 0;

  constructor(private readonly redact: Redact) {}

  schema(given: unknown, depth: number): Record<string, unknown> {
    if (depth > MOST_DEPTH) throw new TooLarge();
    this.count();
    if (!isRecord(given)) return {};
    const found: Record<string, unknown> = {};
    const { type, properties, required, items, additionalProperties, enum: choices, $ref } = given;
    const types = TYPES.filter((each) => (Array.isArray(type) ? type.includes(each) : type === each));
    if (types.length > 0) found['type'] = types.length === 1 ? types[0] : types;
    for (const key of ['title', 'description']) {
      const text = given[key];
      if (typeof text === 'string') found[key] = this.text(text);
    }
    if (typeof given['format'] === 'string' && /^[a-z-]{1,20}$/.test(given['format']))
      found['format'] = given['format'];
    for (const key of NUMBERS) if (Number.isFinite(given[key])) found[key] = given[key];
    for (const key of LENGTHS) if (isLength(given[key])) found[key] = given[key];
    if (Array.isArray(choices)) {
      const plain = choices.filter(isPlain).map((choice) => this.plain(choice));
      if (plain.length > 0) found['enum'] = [...new Set(plain)];
    }
    for (const key of ['const', 'default']) if (isPlain(given[key])) found[key] = this.plain(given[key]);
    if (isRecord(properties)) {
      const rebuilt = this.schemas(properties, depth);
      found['properties'] = rebuilt;
      if (Array.isArray(required)) {
        const names = required.filter((name) => typeof name === 'string' && Object.hasOwn(rebuilt, name));
        found['required'] = [...new Set(names)];
      }
    }
    if (isRecord(items)) found['items'] = this.schema(items, depth + 1);
    if (typeof additionalProperties === 'boolean') found['additionalProperties'] = additionalProperties;
    else if (isRecord(additionalProperties))
      found['additionalProperties'] = this.schema(additionalProperties, depth + 1);
    for (const key of ALTERNATIVES) {
      const parts = given[key];
      if (Array.isArray(parts) && parts.length > 0)
        found[key] = parts.map((part) => this.schema(part, depth + 1));
    }
    if (typeof $ref === 'string' && REFERENCE.test($ref)) found['$ref'] = $ref;
    return found;
  }

  /** Schemas by names. Names that the API refuses are left out. */
  schemas(given: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
    const all = Object.keys(given);
    // Before they are redacted, which takes time.
    if (all.length > MOST_VALUES) throw new TooLarge();
    const names = all.filter((name) => PROPERTY.test(name) && this.redact(name) === name);
    return Object.fromEntries(names.map((name) => [name, this.schema(given[name], depth + 1)]));
  }

  private plain(value: Plain): Plain {
    this.count();
    return typeof value === 'string' ? this.text(value) : value;
  }

  private text(text: string): string {
    this.count();
    return redactedHead(text, TEXT_CHARS, this.redact);
  }

  private count(): void {
    this.values += 1;
    if (this.values > MOST_VALUES) throw new TooLarge();
  }
}

function isLength(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

type Plain = string | number | boolean | null;

function isPlain(value: unknown): value is Plain {
  return (
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
  );
}
