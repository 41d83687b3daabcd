/** The secrets of this process: what its environment holds of them. */
import { nonEmpty, type Environment } from '../shared/config.js';
import { createRedactor, createValueRedactor, type KnownSecret, type Redactor } from './redactor.js';

/**
 * Names of variables that hold secrets, ours (ANTHROPIC_API_KEY, LEADWRIGHT_TOKEN, TEMPORAL_API_KEY …) and others'
 * (OTEL_EXPORTER_OTLP_HEADERS is how one signs in to a collector of traces).
 */
const SECRET_VARIABLE = /(?:^|_|API)KEYS?(?:_|$)|TOKEN|SECRET|PASSW|CREDENTIAL|_PAT$|OTLP_(?:.*_)?HEADERS$/i;
/** Some say where the secret is. */
const PATH = /^(?:~|\.{0,2})\/[\w./-]*\.[a-z]{2,6}$/i;
/** An address may hold a password. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * The values that are secrets. What is short, or a word, is left out: it would be masked wherever somebody writes
 * that word, and a word is no secret.
 */
export function ownSecrets(env: Environment): KnownSecret[] {
  return Object.entries(env)
    .flatMap(([variable, value]) => valuesOf(variable, nonEmpty(value)))
    .filter(({ value }) => isDistinctive(value));
}

/** A value that is no word: it can be looked for wherever it may stand. */
export function isDistinctive(value: string): boolean {
  return value.length >= SHORTEST && !/^[a-z]+$/i.test(value);
}
const SHORTEST = 8;

function valuesOf(variable: string, value: string | undefined): KnownSecret[] {
  if (value === undefined) return [];
  if (ADDRESS.test(value)) return passwordsOf(variable, value);
  if (!SECRET_VARIABLE.test(variable) || PATH.test(value)) return [];
  // In a list (LEADWRIGHT_ENCRYPTION_KEYS, `name=value,name=value`) each key is one for itself.
  const parts = value.split(/[\s,:]+|=(?=[\w-])/).filter((part) => part.length >= SHORTEST_PART);
  return [...new Set([value, ...parts])].map((part) => ({ name: markerName(variable), value: part }));
}

/** Shorter parts of a value are names, or the words around a key. */
const SHORTEST_PART = 20;

/** As it stands in the address, and as it is meant. */
function passwordsOf(variable: string, value: string): KnownSecret[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  const forms = new Set([password, decodeOrKeep(password)]);
  return [...forms].map((form) => ({ name: markerName(variable), value: form }));
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As masks name it. */
function markerName(variable: string): string {
  return variable
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
}

let own: { readonly all: Redactor; readonly values: Redactor } | undefined;

function ownRedactors() {
  const secrets = own === undefined ? ownSecrets(process.env) : [];
  return (own ??= { all: createRedactor(secrets), values: createValueRedactor(secrets) });
}

/** Masks what this process says of itself: its logs, its errors, its records. */
export function redactOwnSecrets(text: string): string {
  return ownRedactors().all.redact(text);
}

/** Masks this process's own secrets and nothing else: in a person's or the model's words, which stay as they are. */
export function redactOwnValues(text: string): string {
  return ownRedactors().values.redact(text);
}
