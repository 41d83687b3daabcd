/**
 * Opens the clients of the Messages API and of the clouds. Each SDK is loaded when it is needed, because
 * that takes long. The SDKs of the clouds read their settings and credentials from the environment themselves.
 */
import { clientFor } from '../client.js';
import { CredentialsError, passesByItself } from '../credentials.js';
import { untilAborted } from '../../shared/async/until-aborted.js';
import { endpointProblem, keyProblem, type CloudEndpoint, type ModelEndpoint } from '../endpoint.js';
import type { CloudClient, ModelClient } from './cloud-client.js';

const opened = new Map<string, Promise<CloudClient>>();

/**
 * Returns the client of an endpoint, one per endpoint and process.
 * @throws CredentialsError when settings are missing, a key cannot be one, or credentials that are read when the client is made
 */
export async function openClient(endpoint: ModelEndpoint): Promise<ModelClient> {
  if (endpoint.provider !== undefined) return (await openCloud(endpoint)).client;
  const problem = keyProblem(endpoint);
  if (problem !== null) throw new CredentialsError(problem.message);
  return clientFor(endpoint);
}

/**
 * Loads what every call needs, before the first one. A later change of the installed files cannot take the modules away from
 * the worker either.
 */
export async function preloadClients(): Promise<void> {
  await Promise.all([import('../messages-sdk.js'), import('../../shared/network/http-client.js')]);
}

/**
 * Milliseconds for credentials. They come from a file, or from a server that answers within seconds; a program that a
 * profile names may wait for a person.
 */
const CREDENTIALS_MS = 60_000;

/**
 * Fetches the credentials that a call would be made with, before anything of the call is sent.
 * @throws CredentialsError; the signal's reason when it is aborted
 */
export async function checkCredentials(endpoint: ModelEndpoint, signal?: AbortSignal): Promise<void> {
  if (endpoint.provider === undefined) return;
  const limit = AbortSignal.timeout(CREDENTIALS_MS);
  const ended = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    await untilAborted(authenticate(endpoint), ended);
  } catch (error) {
    signal?.throwIfAborted();
    if (!limit.aborted) throw error;
    throw new CredentialsError(`there were none within ${CREDENTIALS_MS / 1_000} s`, { cause: limit.reason });
  }
}

async function authenticate(endpoint: CloudEndpoint): Promise<void> {
  const { authenticate } = await openCloud(endpoint);
  await authenticate().catch((error: unknown) => {
    // The client may remember what a person has replaced by logging in again.
    if (!passesByItself(error)) opened.delete(keyOf(endpoint));
    throw error;
  });
}

function keyOf({ provider, settings }: CloudEndpoint): string {
  return JSON.stringify([provider, settings]);
}

async function openCloud(endpoint: CloudEndpoint): Promise<CloudClient> {
  const key = keyOf(endpoint);
  const known = opened.get(key) ?? createClient(endpoint);
  opened.set(key, known);
  try {
    return await known;
  } catch (error) {
    // A person may have logged in meanwhile.
    opened.delete(key);
    throw error;
  }
}

/** Not the packages, but modules of our own are loaded: a bundler gives a package that is CommonJS no named exports then. */
async function createClient(endpoint: CloudEndpoint): Promise<CloudClient> {
  const problem = endpointProblem(endpoint);
  if (problem !== null) throw new CredentialsError(problem.message);
  switch (endpoint.provider) {
    case 'bedrock':
      return (await import('./bedrock.js')).bedrockClient(endpoint);
    case 'vertex':
      return (await import('./vertex.js')).vertexClient(endpoint);
    case 'foundry':
      return (await import('./foundry.js')).foundryClient();
  }
}
