/** Google Vertex AI, through Anthropic's SDK. Load this module only when the provider is chosen. */
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk';
import { GoogleAuth } from 'google-auth-library';
import { messageOf } from '../../contract/errors.js';
import { CLIENT_OPTIONS } from '../client.js';
import { CredentialsError } from '../credentials.js';
import type { CloudEndpoint } from '../endpoint.js';
import type { CloudClient } from './cloud-client.js';

/** @throws CredentialsError */
export async function vertexClient({ settings }: CloudEndpoint): Promise<CloudClient> {
  // As the SDK makes it. It is made here so that credentials can be checked without a call.
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  const authClient = await auth.getClient().catch(throwUnusable);
  const { projectId, quotaProjectId } = authClient;
  if ((settings['ANTHROPIC_VERTEX_PROJECT_ID'] ?? projectId ?? quotaProjectId) === undefined) {
    throw new CredentialsError('they name no project, and ANTHROPIC_VERTEX_PROJECT_ID is not set');
  }
  const client = new AnthropicVertex({ ...CLIENT_OPTIONS, authClient });
  return { client, authenticate: () => authClient.getRequestHeaders().catch(throwUnusable) };
}

function throwUnusable(error: unknown): never {
  throw new CredentialsError(messageOf(error), { cause: error });
}
