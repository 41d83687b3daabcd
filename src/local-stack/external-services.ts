import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { Client } from 'pg';
import { nonEmpty, type Environment } from '../shared/config.js';
import { keysFingerprint } from '../encryption/keys.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';

/** Any of these makes Temporal a part of the user's (contract, section 5). */
const TEMPORAL_SELECTORS = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'] as const;

export function hasExternalTemporal(env: Environment): boolean {
  return TEMPORAL_SELECTORS.some((name) => nonEmpty(env[name]) !== undefined);
}

/** The user's own database; undefined: the embedded one. */
export function externalDatabase(env: Environment): string | undefined {
  return nonEmpty(env['DATABASE_URL']);
}

/** The namespace of the embedded server. */
export function embeddedNamespace(env: Environment): string {
  return nonEmpty(env['TEMPORAL_NAMESPACE']) ?? 'default';
}

/**
 * Says which external parts an environment names and what encrypts, comparable without their secrets.
 * @throws EnvironmentError when its keys cannot be used
 */
export function partsFingerprint(env: Environment): string {
  const temporal = hasExternalTemporal(env)
    ? Object.entries(selectTemporalVariables(env)).sort(([a], [b]) => (a < b ? -1 : 1))
    : embeddedNamespace(env);
  const keys = keysFingerprint(env);
  const parts = JSON.stringify([externalDatabase(env) ?? null, temporal, ...(keys === null ? [] : [keys])]);
  return createHash('sha256').update(parts).digest('hex');
}

/** The variables that Temporal's own tools read; the binary's place is not about the server. */
function selectTemporalVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI_PATH' && nonEmpty(value) !== undefined
        ? [[name, value ?? '']]
        : [],
    ),
  );
}

/**
 * How to connect to the user's Temporal, as Temporal's own tools read it. Throws an EnvironmentError when the
 * configuration cannot be read.
 */
export async function readExternalTemporal(
  env: Environment,
): Promise<ClientConnectConfig & { readonly address: string }> {
  try {
    // Loaded only when it is needed: a command on the embedded stack starts the sooner.
    const { loadClientConnectConfig } = await import('@temporalio/envconfig');
    const defined: Record<string, string> = {};
    for (const [name, value] of Object.entries(env)) if (value !== undefined) defined[name] = value;
    const config = loadClientConnectConfig({ overrideEnvVars: defined });
    return { ...config, address: config.connectionOptions.address ?? 'localhost:7233' };
  } catch (error) {
    throw new EnvironmentError(
      `The Temporal configuration cannot be read: ${messageOf(error)}.`,
      `Check ${TEMPORAL_SELECTORS.filter((name) => nonEmpty(env[name]) !== undefined).join(', ')}, or unset them to use the embedded server.`,
      { cause: error },
    );
  }
}

/** A server that is there answers at once; five seconds cover a far one behind a slow name server. */
const PROBE_MS = 5_000;

/** Throws an EnvironmentError when the user's Temporal does not answer. */
export async function probeTemporal(env: Environment): Promise<{ address: string; namespace: string }> {
  const { address, connectionOptions, namespace = 'default' } = await readExternalTemporal(env);
  // Half a second of loading, which the embedded stack does without.
  const { Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: PROBE_MS });
    await connection.close();
  } catch (error) {
    throw new EnvironmentError(
      `The Temporal server at ${address} does not answer: ${messageOf(error)}.`,
      'Check TEMPORAL_ADDRESS and its credentials, or unset it to use the embedded server.',
      { cause: error },
    );
  }
  return { address, namespace };
}

/** Throws an EnvironmentError, without the password, when DATABASE_URL cannot be connected to. */
export async function probeDatabase(databaseUrl: string): Promise<void> {
  const fix =
    'Check DATABASE_URL (postgresql://user:password@host:port/database), or unset it to use the embedded PostgreSQL.';
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new EnvironmentError('DATABASE_URL is not the address of a PostgreSQL database.', fix);
  }
  let client: Client | undefined;
  try {
    client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: PROBE_MS });
    client.on('error', () => undefined);
    await client.connect();
  } catch (error) {
    const where = `${url.host}${url.pathname}`;
    throw new EnvironmentError(
      `The database at ${where} cannot be used: ${withoutPassword(error, url)}.`,
      fix,
    );
  } finally {
    await client?.end().catch(() => undefined);
  }
}

function withoutPassword(error: unknown, url: URL): string {
  // Every address of a name refused: the one that says what happened is inside.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const message = messageOf(first);
  return [url.password, decodeURIComponent(url.password)]
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '…'), message);
}

/** What worker and notifier find in their environment, over that of whoever they are started for. */
export function partsEnvironment(
  env: Environment,
  parts: {
    readonly home: string;
    readonly databaseUrl: string;
    readonly address: string;
    readonly namespace: string;
    /** Where its pages are; null when nobody tells. */
    readonly uiUrl: string | null;
  },
): Environment {
  const external = hasExternalTemporal(env);
  const temporal = external
    ? env
    : {
        ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'))),
        TEMPORAL_ADDRESS: parts.address,
        TEMPORAL_NAMESPACE: parts.namespace,
        // Not there, on purpose: the user's own profile, with its certificates, is not for the embedded server.
        TEMPORAL_CONFIG_FILE: join(parts.home, 'temporal', 'no-profile.toml'),
      };
  return {
    ...temporal,
    DATABASE_URL: parts.databaseUrl,
    LEADWRIGHT_HOME: parts.home,
    // Between our own processes: the notifier shows where the pages are, and a closing stdin ends a service.
    LEADWRIGHT_TEMPORAL_UI: parts.uiUrl ?? '',
    LEADWRIGHT_HELD: '1',
    // The embedded server has one worker, of whatever build the last command was: versions would only stop it.
    LEADWRIGHT_UNVERSIONED: external ? '' : '1',
  };
}
