import { createHash } from 'node:crypto';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import type { Client } from 'pg';
import { homePaths, nonEmpty, type Environment } from '../shared/config.js';
import { clientClass } from '../db/scram-client.js';
import { keysFingerprint } from '../encryption/keys.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { percentDecoded } from '../shared/network/percent-decoding.js';
import { temporalSettings } from './temporal/temporal-settings.js';

/** When one of these is set, the user's own Temporal server is used instead of the embedded one. */
const TEMPORAL_SELECTORS = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'] as const;

export function hasExternalTemporal(env: Environment): boolean {
  return TEMPORAL_SELECTORS.some((name) => nonEmpty(env[name]) !== undefined);
}

/** URL of the user's own database; undefined when the embedded one is used. */
export function externalDatabase(env: Environment): string | undefined {
  return nonEmpty(env['DATABASE_URL']);
}

/** Whether PostgreSQL and Temporal are the user's own, so that workers of a fleet may use them too. */
export function hasOwnServices(env: Environment): boolean {
  return externalDatabase(env) !== undefined && hasExternalTemporal(env);
}

/** The namespace of the embedded server. */
export function embeddedNamespace(env: Environment): string {
  return nonEmpty(env['TEMPORAL_NAMESPACE']) ?? 'default';
}

/**
 * Fingerprint of the external services and encryption keys that an environment names. Two environments can be compared
 * by it without revealing their secrets.
 * @throws EnvironmentError when the encryption keys cannot be used
 */
export function partsFingerprint(env: Environment): string {
  const temporal = hasExternalTemporal(env)
    ? Object.entries(selectTemporalVariables(env)).sort(([a], [b]) => (a < b ? -1 : 1))
    : embeddedNamespace(env);
  const keys = keysFingerprint(env);
  const parts = JSON.stringify([externalDatabase(env) ?? null, temporal, ...(keys === null ? [] : [keys])]);
  return createHash('sha256').update(parts).digest('hex');
}

/** The variables by which Temporal's tools find a server. TEMPORAL_CLI_PATH is left out: it names only a binary. */
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
 * Reads how to connect to the user's Temporal server, as Temporal's own tools do.
 * @throws EnvironmentError when the configuration cannot be read
 */
export async function readExternalTemporal(
  env: Environment,
): Promise<ClientConnectConfig & { readonly address: string }> {
  try {
    // Imported here, so that commands on the embedded stack start faster.
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

/** A reachable server answers at once; five seconds also cover a distant one behind a slow name server. */
const PROBE_MS = 5_000;

/** Checks that the user's Temporal server can be reached. @throws EnvironmentError when it does not answer */
export async function probeTemporal(env: Environment): Promise<{ address: string; namespace: string }> {
  const { address, connectionOptions, namespace = 'default' } = await readExternalTemporal(env);
  // Imported here, because it takes half a second to load and the embedded stack does not need it.
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

/**
 * Checks that DATABASE_URL can be connected to.
 * @throws EnvironmentError when it cannot; its message does not contain the password
 */
export async function probeDatabase(databaseUrl: string): Promise<void> {
  const fix =
    'Check DATABASE_URL (postgresql://user:password@host:port/database), or unset it to use the embedded PostgreSQL.';
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new EnvironmentError('DATABASE_URL is not the address of a PostgreSQL database.', fix);
  }
  if ([url.username, url.password].some((part) => percentDecoded(part) === null)) {
    throw new EnvironmentError(
      'The user or the password in DATABASE_URL has a % that begins no character code.',
      'Write a % of it as %25, and other special characters likewise: @ as %40, / as %2F.',
    );
  }
  let client: Client | undefined;
  try {
    client = new (clientClass(databaseUrl))({
      connectionString: databaseUrl,
      connectionTimeoutMillis: PROBE_MS,
    });
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
  // When every address of the host name refused, the errors that give the reason are inside.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const message = messageOf(first);
  return [url.password, percentDecoded(url.password) ?? '']
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '…'), message);
}

/**
 * Internal variable: the file of the key that signs payloads in the embedded Temporal server. Empty for the user's own,
 * where other hosts take part: keys for all of them come from LEADWRIGHT_ENCRYPTION_KEYS.
 */
export function payloadKeyVariable(env: Environment, home: string): { LEADWRIGHT_PAYLOAD_KEY_FILE: string } {
  return { LEADWRIGHT_PAYLOAD_KEY_FILE: hasExternalTemporal(env) ? '' : homePaths(home).payloadKey };
}

/** What the worker and the notifier receive about the stack's services. */
export interface PartsAddresses {
  readonly home: string;
  readonly databaseUrl: string;
  readonly address: string;
  readonly namespace: string;
}

/** The environment of the worker and the notifier, as far as it is known before the stack's services are up. */
export function earlyEnvironment(env: Environment, home: string): Environment {
  const external = hasExternalTemporal(env);
  return {
    ...(external
      ? env
      : Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')))),
    LEADWRIGHT_HOME: home,
    // Internal: a held service gets the rest on its stdin, and ends when its stdin closes.
    LEADWRIGHT_HELD: '1',
    // The embedded server has one worker, of the build of the last command. Worker versions would only stop its runs.
    LEADWRIGHT_UNVERSIONED: external ? '' : '1',
    ...payloadKeyVariable(env, home),
  };
}

/** The rest of that environment: the addresses of the stack's services. */
export function addressVariables(env: Environment, parts: PartsAddresses): Readonly<Record<string, string>> {
  return {
    ...(hasExternalTemporal(env) ? {} : temporalSettings(parts.home, parts)),
    DATABASE_URL: parts.databaseUrl,
  };
}
