/** Microsoft Foundry, through Anthropic's SDK. Load this module only when the provider is chosen. */
import { AnthropicFoundry } from '@anthropic-ai/foundry-sdk';
import { CLIENT_OPTIONS } from '../client.js';
import type { CloudClient } from './cloud-client.js';

export function foundryClient(): CloudClient {
  // Without `authToken: null`, a token of Anthropic's own API in ANTHROPIC_AUTH_TOKEN would be read.
  const client = new AnthropicFoundry({ ...CLIENT_OPTIONS, authToken: null });
  return { client, authenticate: () => Promise.resolve() };
}
