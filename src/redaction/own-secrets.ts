/** The secrets in this process's own environment variables, and in the credential files that they name. */
import { nonEmpty, type Environment } from '../shared/config.js';
import { credentialFileSecrets } from './credential-files.js';
import { isDistinctive } from './distinctive.js';
import { createRedactor, createValueRedactor, type Redactor } from './redactor.js';
import { percentDecoded } from '../shared/network/percent-decoding.js';
import type { KnownSecret } from './region.js';
import { isGenerated, NOT_OF_PASSWORDS } from './secret-shapes.js';

/**
 * Names of variables that hold secrets: Leadwright's (ANTHROPIC_API_KEY, LEADWRIGHT_TOKEN, TEMPORAL_API_KEY …) and
 * those of other tools (OTEL_EXPORTER_OTLP_HEADERS holds the credentials for a trace collector).
 */
const SECRET_VARIABLE =
  /(?:^|_|API)KEYS?(?:_|$)|TOKEN|SECRET|PASSW|PASSPHRASE|PASSCODE|CREDENTIAL|_PAT$|OTLP_(?:.*_)?HEADERS$/i;
/**
 * Names that end in a short word for a password (SSHPASS, MYSQL_PWD, REDIS_AUTH). PWD and OLDPWD are folders,
 * SSH_ASKPASS is a program, and COMPASS and BYPASS are other words.
 */
const PASSWORD_VARIABLE = new RegExp(
  String.raw`${NOT_OF_PASSWORDS}PASS\d?$|_PW$|(?<!^(?:OLD)?)PWD$|(?:^|_)O?AUTH$`,
  'i',
);
/** A variable such as SMTP_AUTH may name the method instead. */
const METHOD = /^(?:s?cram|digest)-(?:md5|sha-?\d{1,3})(?:-plus)?$/i;
/** Some variables hold the path of a file with the secret, which is not secret itself. */
const PATH = /^(?:~|\.{0,2})\/[\w./-]*\.[a-z]{2,6}$/i;
/** A URL, which may contain a password. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Finds the secret values in environment variables, and in the files with the credentials of a model provider that they
 * name. Short values and plain words are skipped: redacting them would replace ordinary text.
 */
export function ownSecrets(env: Environment): KnownSecret[] {
  const values = Object.entries(env)
    .flatMap(([variable, value]) => valuesOf(variable, nonEmpty(value)))
    .filter(({ value }) => isDistinctive(value));
  return [...values, ...credentialFileSecrets(env)];
}

/**
 * The values of variables that the plan gives to MCP servers: secrets, whatever their names, unless they are paths or
 * plain words.
 */
export function namedSecrets(env: Environment, names: readonly string[]): KnownSecret[] {
  return [...new Set(names)].flatMap((variable) => {
    const value = nonEmpty(env[variable]?.trim());
    if (value === undefined) return [];
    const own = valuesOf(variable, value);
    // Also each word after a scheme (`Bearer …`): a server may show the token alone.
    const words = [value, ...value.split(/\s+/).slice(1)];
    const named = words.map((word) => ({ name: markerName(variable), value: word }));
    return [...own, ...(ADDRESS.test(value) || FOLDER.test(value) ? [] : named)].filter((secret) =>
      isDistinctive(secret.value),
    );
  });
}

/**
 * The values of variables that the plan gives to `setup` and tests. Most are settings (TZ, GOPRIVATE), whose values
 * occur in ordinary text, so only those that look generated are secrets.
 */
export function passedSecrets(env: Environment, names: readonly string[]): KnownSecret[] {
  return namedSecrets(env, names).filter(({ value }) => isGenerated(value));
}

/** The path of a file or a folder. */
const FOLDER = /^(?:~|\.{0,2})\/[\w./ -]*$/;

function valuesOf(variable: string, value: string | undefined): KnownSecret[] {
  if (value === undefined) return [];
  if (ADDRESS.test(value)) return passwordsOf(variable, value);
  if (!isSecretVariable(variable, value) || PATH.test(value)) return [];
  // In a list (LEADWRIGHT_ENCRYPTION_KEYS, `name=value,name=value`) each key is a secret by itself.
  const parts = value.split(/[\s,:]+|=(?=[\w-])/).filter((part) => part.length >= MIN_PART_LENGTH);
  return [...new Set([value, ...parts])].map((part) => ({ name: markerName(variable), value: part }));
}

function isSecretVariable(variable: string, value: string): boolean {
  if (SECRET_VARIABLE.test(variable)) return true;
  // A variable such as HOST_PWD may hold a folder.
  const isOther = METHOD.test(value) || (/PWD$/i.test(variable) && FOLDER.test(value));
  return PASSWORD_VARIABLE.test(variable) && !isOther;
}

/** Shorter parts of a value are names, or words around a key. */
const MIN_PART_LENGTH = 20;

/** The password of a URL, both percent-encoded as in the URL and decoded. */
function passwordsOf(variable: string, value: string): KnownSecret[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  const forms = new Set([password, percentDecoded(password) ?? password]);
  return [...forms].map((form) => ({ name: markerName(variable), value: form }));
}

/** The name of a variable as redaction markers show it: small letters and dashes. */
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

/** Redacts a text that this process writes itself (logs, errors, records): by shape, and by its own secret values. */
export function redactOwnSecrets(text: string): string {
  return ownRedactors().all.redact(text);
}

/** Redacts only this process's own secret values, in text of a person or the model that must not change otherwise. */
export function redactOwnValues(text: string): string {
  return ownRedactors().values.redact(text);
}
