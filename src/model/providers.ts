/** The services that answer model calls, and what each of them differs in. Pure. */
import { UsageError } from '../contract/errors.js';
import { nonEmpty, type Environment } from '../shared/config.js';

/** The values of LEADWRIGHT_PROVIDER. `anthropic`: the Messages API, of Anthropic or of a server that speaks it. */
export const PROVIDERS = ['anthropic', 'bedrock', 'vertex', 'foundry'] as const;
export type Provider = (typeof PROVIDERS)[number];
export type CloudProvider = Exclude<Provider, 'anthropic'>;

/**
 * What a provider's API has. A request leaves out what its provider lacks. Source: platform.claude.com/docs, as of
 * November 2026; the page is named at each line.
 */
export interface ProviderFeatures {
  /** `GET /v1/models/<name>`, which tells `doctor` whether the model exists. "Features not supported" of each cloud's page. */
  readonly modelsApi: boolean;
  /** Keeping a prompt for an hour. "Features overview", "Prompt caching (1hr)". */
  readonly hourCache: boolean;
  /** `output_config.effort`. "Features overview", "Effort". */
  readonly effort: boolean;
  /** `thinking.block_binding`. "Prefix checks on thinking blocks", supported platforms. */
  readonly blockBinding: boolean;
}

interface ProviderFacts {
  /** Its name in messages. */
  readonly name: string;
  /** `gen_ai.provider.name` in traces, as the provider's SDK names itself. */
  readonly traceName: string;
  readonly features: ProviderFeatures;
}

const EVERY_FEATURE: ProviderFeatures = {
  modelsApi: true,
  hourCache: true,
  effort: true,
  blockBinding: true,
};
const NO_MODELS_API: ProviderFeatures = { ...EVERY_FEATURE, modelsApi: false };

const FACTS: Readonly<Record<Provider, ProviderFacts>> = {
  anthropic: { name: 'the Messages API', traceName: 'anthropic', features: EVERY_FEATURE },
  bedrock: { name: 'Amazon Bedrock', traceName: 'aws.bedrock', features: NO_MODELS_API },
  vertex: { name: 'Google Vertex AI', traceName: 'gcp.vertex_ai', features: NO_MODELS_API },
  foundry: { name: 'Microsoft Foundry', traceName: 'anthropic', features: NO_MODELS_API },
};

export function providerFacts(provider: Provider): ProviderFacts {
  return FACTS[provider];
}

/**
 * Reads LEADWRIGHT_PROVIDER.
 * @throws UsageError for a value that is none of PROVIDERS
 */
export function readProvider(env: Environment): Provider {
  const value = nonEmpty(env['LEADWRIGHT_PROVIDER']) ?? 'anthropic';
  const provider = PROVIDERS.find((known) => known === value);
  if (provider !== undefined) return provider;
  throw new UsageError(
    `LEADWRIGHT_PROVIDER is ${JSON.stringify(value)}. It must be ${PROVIDERS.slice(0, -1).join(', ')} or ${PROVIDERS.at(-1) ?? ''}.`,
  );
}

/**
 * The variables that a provider's SDK, and the credential library that it uses, read. They are matched by their prefix, so
 * that no setting of a credential library is missed.
 */
const VARIABLES: Readonly<Record<CloudProvider, RegExp>> = {
  bedrock: /^(?:AWS_|ANTHROPIC_BEDROCK_)/,
  vertex: /^(?:ANTHROPIC_VERTEX_|CLOUD_ML_REGION$|CLOUDSDK_|GOOGLE_|GCLOUD_|GCE_METADATA_|METADATA_SERVER_)/,
  foundry: /^ANTHROPIC_FOUNDRY_/,
};

/** The settings of a provider: its variables that are set. */
export function settingsOf(provider: CloudProvider, env: Environment): Readonly<Record<string, string>> {
  const names = Object.keys(env).filter((name) => VARIABLES[provider].test(name));
  return Object.fromEntries(
    names.sort().flatMap((name) => {
      const value = nonEmpty(env[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Whether a variable chooses or configures a provider. Only a worker has these, and commands that start one. */
export function isProviderVariable(name: string): boolean {
  return (
    /^(?:LEADWRIGHT_PROVIDER$|ANTHROPIC_|CLAUDE_)/.test(name) ||
    Object.values(VARIABLES).some((variables) => variables.test(name))
  );
}

/**
 * Variables that hold, or lead to, the credentials of a cloud. Code under test never gets them, whichever provider is used and
 * whatever the plan names. A region or the name of a profile is no secret.
 */
const CLOUD_CREDENTIALS =
  /^(?:AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|BEARER_TOKEN_.*|CONTAINER_.*|SHARED_CREDENTIALS_FILE|WEB_IDENTITY_TOKEN_FILE)|GOOGLE_APPLICATION_CREDENTIALS)$/i;

/** Whether a variable holds, or leads to, the credentials of a cloud. */
export function isCloudCredential(name: string): boolean {
  return CLOUD_CREDENTIALS.test(name);
}
