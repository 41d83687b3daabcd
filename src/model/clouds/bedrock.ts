/** Amazon Bedrock, through Anthropic's SDK. Load this module only when the provider is chosen. */
import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import { createCredentialChain, fromEnv, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { messageOf } from '../../contract/errors.js';
import { CLIENT_OPTIONS } from '../client.js';
import { CredentialsError } from '../credentials.js';
import type { CloudEndpoint } from '../endpoint.js';
import type { CloudClient } from './cloud-client.js';
import { sharedCredentials } from './shared-credentials.js';

/**
 * The API version that AWS documents for InvokeModel. The SDK's own default is newer, and models up to Opus 4.6 refuse it; what
 * differs between the two is nothing that Leadwright sends or reads.
 * Source: docs.aws.amazon.com/bedrock, "Inference using Anthropic Messages API"; platform.claude.com/docs, "Claude on Amazon
 * Bedrock (Opus 4.6 and earlier)".
 */
const VERSION = 'bedrock-2023-05-31';

export function bedrockClient({ settings }: CloudEndpoint): CloudClient {
  const credentials = awsCredentials();
  const client = new AnthropicBedrock({
    ...CLIENT_OPTIONS,
    defaultHeaders: { 'anthropic-version': VERSION },
    providerChainResolver: () => Promise.resolve(credentials),
  });
  const usesKey = settings['AWS_BEARER_TOKEN_BEDROCK'] !== undefined;
  return { client, authenticate: usesKey ? () => Promise.resolve() : credentials };
}

/**
 * The chain of credentials that the SDK uses itself: first the environment, then what AWS's tools read (profiles, SSO, roles,
 * containers, the machine). Each fetch has a new chain, because a chain remembers what it has read from a file for ever.
 */
function awsCredentials() {
  return sharedCredentials(() =>
    credentialChain()().catch((error: unknown) => {
      throw new CredentialsError(messageOf(error), { cause: error });
    }),
  );
}

/** The machine's own credentials come from its metadata server, which may be slow; the default is one second, once. */
const METADATA = { timeout: 5_000, maxRetries: 3 };

function credentialChain() {
  return createCredentialChain(fromEnv(), fromNodeProviderChain({ ignoreCache: true, ...METADATA }));
}
