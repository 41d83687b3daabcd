/**
 * Opens the clients of the clouds. Each SDK is loaded when its provider is chosen, so that no other process pays for it. The
 * SDKs read their settings and credentials from the environment themselves.
 */
import { clientFor } from '../client.js';
import { CredentialsError } from '../credentials.js';
import { endpointProblem, type CloudEndpoint, type ModelEndpoint } from '../endpoint.js';
import type { CloudClient, ModelClient } from './cloud-client.js';

const opened = new Map<string, Promise<CloudClient>>();

/**
 * Returns the client of an endpoint, one per endpoint and process.
 * @throws CredentialsError when settings are missing, or credentials that are read when the client is made
 */
export async function openClient(endpoint: ModelEndpoint): Promise<ModelClient> {
  return endpoint.provider === undefined ? clientFor(endpoint) : (await openCloud(endpoint)).client;
}

/**
 * Fetches the credentials that a call would be made with.
 * @throws CredentialsError
 */
export async function checkCredentials(endpoint: CloudEndpoint): Promise<void> {
  const { authenticate } = await openCloud(endpoint);
  await authenticate();
}

async function openCloud(endpoint: CloudEndpoint): Promise<CloudClient> {
  const key = JSON.stringify([endpoint.provider, endpoint.settings]);
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
