/** Google Vertex AI, through Anthropic's SDK. Load this module only when the provider is chosen. */
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk';
import { GoogleAuth, type AuthClient } from 'google-auth-library';
import { messageOf } from '../../contract/errors.js';
import { CLIENT_OPTIONS } from '../client.js';
import { CredentialsError } from '../credentials.js';
import type { CloudEndpoint } from '../endpoint.js';
import type { CloudClient } from './cloud-client.js';

/** @throws CredentialsError */
export async function vertexClient({ settings }: CloudEndpoint): Promise<CloudClient> {
  // As the SDK makes it. It is made here so that credentials can be checked without a call.
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  const authClient = tolerant(await auth.getClient().catch(throwUnusable));
  const { projectId, quotaProjectId } = authClient;
  if ((settings['ANTHROPIC_VERTEX_PROJECT_ID'] ?? projectId ?? quotaProjectId) === undefined) {
    throw new CredentialsError('they name no project, and ANTHROPIC_VERTEX_PROJECT_ID is not set');
  }
  const client = new AnthropicVertex({ ...CLIENT_OPTIONS, authClient });
  return { client, authenticate: () => authClient.getRequestHeaders().catch(throwUnusable) };
}

/**
 * The same client, which goes on with its token while that is valid, although its renewal fails. Google's library shares one
 * renewal among callers at the same time, but has its error reach all of them.
 */
function tolerant(client: AuthClient): AuthClient {
  const fetchHeaders = client.getRequestHeaders.bind(client);
  client.getRequestHeaders = (url) =>
    fetchHeaders(url).catch((error: unknown) => {
      if ((client.credentials.expiry_date ?? 0) <= Date.now()) throw error;
      const { eagerRefreshThresholdMillis } = client;
      client.eagerRefreshThresholdMillis = 0;
      // It decides about a renewal before it returns.
      const headers = fetchHeaders(url);
      client.eagerRefreshThresholdMillis = eagerRefreshThresholdMillis;
      return headers;
    });
  return client;
}

function throwUnusable(error: unknown): never {
  throw new CredentialsError(messageOf(error), { cause: error });
}
