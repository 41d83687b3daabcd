/** The secrets in the files with the credentials of a model provider, which an SDK reads by itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nonEmpty, type Environment } from '../shared/config.js';
import { findFileSecrets } from './file-secrets.js';
import type { KnownSecret } from './region.js';

/** Variables with the path of such a file. */
const VARIABLES = [
  'GOOGLE_APPLICATION_CREDENTIALS',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
];

/** Where the clouds' own tools keep credentials, below HOME, by the provider that reads them. */
const IN_HOME: Readonly<Record<string, string>> = {
  bedrock: '.aws/credentials',
  vertex: '.config/gcloud/application_default_credentials.json',
};

/** Addresses of the issuer and kinds of tokens, which every such file holds. Source code that uses them is no secret. */
const PUBLIC = /^(?:https?:\/\/[^@]*|urn:.*)$/i;

/** Finds the secrets in the credential files that an environment names, or that its provider reads in HOME. */
export function credentialFileSecrets(env: Environment): KnownSecret[] {
  const named = VARIABLES.flatMap((variable) => nonEmpty(env[variable]) ?? []);
  const inHome = IN_HOME[env['LEADWRIGHT_PROVIDER'] ?? ''];
  const home = nonEmpty(env['HOME']);
  const files = home === undefined || inHome === undefined ? named : [...named, join(home, inHome)];
  return files.flatMap((file) => findFileSecrets(read(file)).filter(({ value }) => !PUBLIC.test(value)));
}

/** The text of a file; empty when it cannot be read: its provider's SDK says so. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
