/** The SDK of the Messages API. Loaded at the first call, because loading it takes long. */
export { default as Anthropic } from '@anthropic-ai/sdk';
