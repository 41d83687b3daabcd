/**
 * The clients of the clouds. Each SDK is loaded when its provider is chosen, so that no other process pays for it. The SDKs
 * read their settings and credentials from the environment themselves.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { BaseAnthropic } from '@anthropic-ai/sdk/client';
import { messageOf } from '../contract/errors.js';
import { CLIENT_OPTIONS, clientFor } from './client.js';
import { CredentialsError } from './credentials.js';
import { addressOf, endpointProblem, type CloudEndpoint, type ModelEndpoint } from './endpoint.js';

/** A client of the Messages API of any provider. */
export type ModelClient = BaseAnthropic & { readonly messages: Pick<Anthropic['messages'], 'create'> };

interface CloudClient {
  readonly client: ModelClient;
  /** Fetches the credentials of a call, without a call. It costs nothing. */
  readonly authenticate: () => Promise<unknown>;
}

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
 * @throws an error that `credentialsProblem` or `passesByItself` explains
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

async function createClient(endpoint: CloudEndpoint): Promise<CloudClient> {
  const problem = endpointProblem(endpoint);
  if (problem !== null) throw new CredentialsError(problem.message);
  switch (endpoint.provider) {
    case 'bedrock':
      return bedrockClient(endpoint);
    case 'vertex':
      return vertexClient(endpoint);
    case 'foundry': {
      const { AnthropicFoundry } = await import('@anthropic-ai/foundry-sdk');
      // Without `authToken: null`, the key of another service in ANTHROPIC_AUTH_TOKEN would be read.
      const client = new AnthropicFoundry({ ...CLIENT_OPTIONS, authToken: null });
      return { client, authenticate: () => Promise.resolve() };
    }
  }
}

/**
 * The API version that AWS documents for InvokeModel. The SDK's own default is newer, and models up to Opus 4.6 refuse it; what
 * differs between the two is nothing that Leadwright sends or reads.
 * Source: docs.aws.amazon.com/bedrock, "Inference using Anthropic Messages API"; platform.claude.com/docs, "Claude on Amazon
 * Bedrock (Opus 4.6 and earlier)".
 */
const BEDROCK_VERSION = 'bedrock-2023-05-31';

async function bedrockClient({ settings }: CloudEndpoint): Promise<CloudClient> {
  const { AnthropicBedrock } = await import('@anthropic-ai/bedrock-sdk');
  const credentials = await awsCredentials();
  const client = new AnthropicBedrock({
    ...CLIENT_OPTIONS,
    defaultHeaders: { 'anthropic-version': BEDROCK_VERSION },
    providerChainResolver: () => Promise.resolve(credentials),
  });
  const usesKey = settings['AWS_BEARER_TOKEN_BEDROCK'] !== undefined;
  return { client, authenticate: usesKey ? () => Promise.resolve() : credentials };
}

/** Credentials are renewed this long before they expire, so that no call is signed with ones that expire on its way. */
const RENEWAL_MS = 5 * 60_000;

/**
 * The chain of credentials that the SDK uses itself: first the environment, then what AWS's tools read (profiles, SSO, roles,
 * containers, the machine). The SDK builds it anew for each call; kept here, temporary credentials are fetched once. Others
 * are read for each call, so that a new key in a file is used.
 */
async function awsCredentials() {
  const { createCredentialChain, fromEnv, fromNodeProviderChain } =
    await import('@aws-sdk/credential-providers');
  const chain = createCredentialChain(fromEnv(), fromNodeProviderChain());
  let known: Awaited<ReturnType<typeof chain>> | null = null;
  return async () => {
    if (known?.expiration !== undefined && known.expiration.getTime() - Date.now() > RENEWAL_MS) return known;
    known = await chain();
    return known;
  };
}

async function vertexClient(endpoint: CloudEndpoint): Promise<CloudClient> {
  const [{ AnthropicVertex }, { GoogleAuth }] = await Promise.all([
    import('@anthropic-ai/vertex-sdk'),
    import('google-auth-library'),
  ]);
  // As the SDK makes it. It is made here so that credentials can be checked without a call.
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  const authClient = await auth.getClient().catch((error: unknown) => {
    throw new CredentialsError(messageOf(error), { cause: error });
  });
  const { projectId, quotaProjectId } = authClient;
  if ((endpoint.settings['ANTHROPIC_VERTEX_PROJECT_ID'] ?? projectId ?? quotaProjectId) === undefined) {
    throw new CredentialsError(
      `no project is known for ${addressOf(endpoint)}: set ANTHROPIC_VERTEX_PROJECT_ID`,
    );
  }
  const client = new AnthropicVertex({ ...CLIENT_OPTIONS, authClient });
  return { client, authenticate: () => authClient.getRequestHeaders() };
}
