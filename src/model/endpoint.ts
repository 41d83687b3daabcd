import { nonEmpty, type Environment } from '../shared/config.js';
import { isWebAddress } from '../shared/network/web-address.js';
import { readProvider, settingsOf, type CloudProvider, type Provider } from './providers.js';

/** Where model calls go, and with which credentials. The scripted model is a local server with its own endpoint. */
export type ModelEndpoint = MessagesEndpoint | CloudEndpoint;

/** The Messages API: Anthropic's, or that of the server at the base URL. */
export interface MessagesEndpoint {
  readonly provider?: undefined;
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
}

/** A cloud that offers the models. */
export interface CloudEndpoint {
  readonly provider: CloudProvider;
  /** The variables that its SDK reads, those that are set. They hold secrets: never log them. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Reads the endpoint from LEADWRIGHT_PROVIDER and the variables that the provider's SDK uses: ANTHROPIC_BASE_URL and
 * ANTHROPIC_API_KEY for the Messages API.
 * @throws UsageError for an unknown provider
 */
export function endpointOf(env: Environment): ModelEndpoint {
  const provider = readProvider(env);
  if (provider !== 'anthropic') return { provider, settings: settingsOf(provider, env) };
  return { baseUrl: nonEmpty(env['ANTHROPIC_BASE_URL']), apiKey: nonEmpty(env['ANTHROPIC_API_KEY']) };
}

export function providerOf({ provider }: ModelEndpoint): Provider {
  return provider ?? 'anthropic';
}

/** A setting that keeps every call from being made: what is wrong, and how to fix it. No secret is in it. */
export interface EndpointProblem {
  readonly message: string;
  readonly fix: string;
}

/** Whether a model is configured, which a run on a person's own repository needs. */
export function hasModel(endpoint: ModelEndpoint): boolean {
  if (endpoint.provider !== undefined) return endpointProblem(endpoint) === null;
  return endpoint.baseUrl !== undefined || endpoint.apiKey !== undefined;
}

/** What is missing or wrong in an endpoint's variables; null when calls can be tried. */
export function endpointProblem(endpoint: ModelEndpoint): EndpointProblem | null {
  switch (endpoint.provider) {
    case undefined:
      return messagesProblem(endpoint);
    case 'bedrock':
      return bedrockProblem(endpoint.settings);
    case 'vertex':
      return vertexProblem(endpoint.settings);
    case 'foundry':
      return foundryProblem(endpoint.settings);
  }
}

function messagesProblem(endpoint: MessagesEndpoint): EndpointProblem | null {
  const problem = addressProblem('ANTHROPIC_BASE_URL', endpoint.baseUrl) ?? keyProblem(endpoint);
  if (problem !== null || hasModel(endpoint)) return problem;
  return {
    message: 'There is no model to call: neither ANTHROPIC_API_KEY nor ANTHROPIC_BASE_URL is set',
    fix: 'Set ANTHROPIC_API_KEY (https://console.anthropic.com), or ANTHROPIC_BASE_URL for a Messages API of your own, or LEADWRIGHT_PROVIDER for a cloud.',
  };
}

/** What is wrong with a key that no header may hold; null when a call can be tried with it. The key is not in it. */
export function keyProblem({ apiKey }: MessagesEndpoint): EndpointProblem | null {
  if (apiKey === undefined || /^[\x20-\x7e]+$/.test(apiKey.trim())) return null;
  return {
    message: 'ANTHROPIC_API_KEY is no key: it is blank, or has a line break or a character that is not ASCII',
    fix: 'Set it to the key alone, as its provider shows it.',
  };
}

type Settings = CloudEndpoint['settings'];

function bedrockProblem(settings: Settings): EndpointProblem | null {
  const halves = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const missing = halves.filter((name) => settings[name] === undefined);
  if (missing.length === 1 && settings['AWS_BEARER_TOKEN_BEDROCK'] === undefined) {
    return {
      message: `LEADWRIGHT_PROVIDER is bedrock, but of ${halves.join(' and ')} only one is set`,
      fix: `Set ${missing[0] ?? ''} as well, or unset both to use the credentials of a profile or of this machine.`,
    };
  }
  return addressProblem('ANTHROPIC_BEDROCK_BASE_URL', settings['ANTHROPIC_BEDROCK_BASE_URL']);
}

function vertexProblem(settings: Settings): EndpointProblem | null {
  if (settings['CLOUD_ML_REGION'] === undefined) {
    return {
      message: 'LEADWRIGHT_PROVIDER is vertex, but CLOUD_ML_REGION is not set',
      fix: [
        'Set CLOUD_ML_REGION to global, or to a region that has the model, such as us or europe-west1.',
        ...(settings['GOOGLE_APPLICATION_CREDENTIALS'] === undefined
          ? [
              'Credentials come from GOOGLE_APPLICATION_CREDENTIALS or `gcloud auth application-default login`.',
            ]
          : []),
        ...(settings['ANTHROPIC_VERTEX_PROJECT_ID'] === undefined
          ? ['Set ANTHROPIC_VERTEX_PROJECT_ID too, unless they name the project.']
          : []),
      ].join(' '),
    };
  }
  return addressProblem('ANTHROPIC_VERTEX_BASE_URL', settings['ANTHROPIC_VERTEX_BASE_URL']);
}

function foundryProblem(settings: Settings): EndpointProblem | null {
  const [resource, baseUrl] = [
    settings['ANTHROPIC_FOUNDRY_RESOURCE'],
    settings['ANTHROPIC_FOUNDRY_BASE_URL'],
  ];
  const hasKey = settings['ANTHROPIC_FOUNDRY_API_KEY'] !== undefined;
  const hasPlace = resource !== undefined || baseUrl !== undefined;
  if (!hasKey || !hasPlace) {
    const missing = [
      ...(hasKey ? [] : ['ANTHROPIC_FOUNDRY_API_KEY is not set']),
      ...(hasPlace ? [] : ['neither ANTHROPIC_FOUNDRY_RESOURCE nor ANTHROPIC_FOUNDRY_BASE_URL is set']),
    ];
    const fixes = [
      ...(hasKey
        ? []
        : [
            'Set ANTHROPIC_FOUNDRY_API_KEY to a key of your Foundry resource (Keys and Endpoint in the Foundry portal).',
          ]),
      ...(hasPlace
        ? []
        : ['Set ANTHROPIC_FOUNDRY_RESOURCE to the name of your resource, or ANTHROPIC_FOUNDRY_BASE_URL.']),
    ];
    return {
      message: `LEADWRIGHT_PROVIDER is foundry, but ${missing.join(', and ')}`,
      fix: fixes.join(' '),
    };
  }
  if (resource !== undefined && baseUrl !== undefined) {
    return {
      message:
        'Both ANTHROPIC_FOUNDRY_RESOURCE and ANTHROPIC_FOUNDRY_BASE_URL are set, which exclude each other',
      fix: 'Unset one of them.',
    };
  }
  return addressProblem('ANTHROPIC_FOUNDRY_BASE_URL', baseUrl);
}

function addressProblem(variable: string, value: string | undefined): EndpointProblem | null {
  if (value === undefined || isWebAddress(value)) return null;
  return {
    message: `${variable} is ${JSON.stringify(value)}, which is no web address`,
    fix: 'Set it to one with its scheme, such as https://api.example.com, or unset it.',
  };
}

/** Which credentials a cloud's SDK would use, by the variables that are set. No secret is in it. */
export function credentialsOf({ provider, settings }: CloudEndpoint): string {
  const first = CREDENTIALS[provider].find((name) => settings[name] !== undefined);
  return first === undefined ? 'the credentials of this user or machine' : first;
}

/** In the order in which the SDKs prefer them. */
const CREDENTIALS: Readonly<Record<CloudProvider, readonly string[]>> = {
  bedrock: ['AWS_BEARER_TOKEN_BEDROCK', 'AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  vertex: ['GOOGLE_APPLICATION_CREDENTIALS'],
  foundry: ['ANTHROPIC_FOUNDRY_API_KEY'],
};

/** The region that the SDK calls when AWS_REGION is not set. */
const BEDROCK_REGION = 'us-east-1';

/**
 * Where calls go, without credentials: it identifies the endpoint in the record, and in the limit that all workers share.
 * Empty for Anthropic's own API.
 */
export function addressOf(endpoint: ModelEndpoint): string {
  if (endpoint.provider === undefined) return endpoint.baseUrl ?? '';
  const { provider, settings } = endpoint;
  switch (provider) {
    case 'bedrock':
      return `bedrock:${settings['ANTHROPIC_BEDROCK_BASE_URL'] ?? settings['AWS_REGION'] ?? BEDROCK_REGION}`;
    case 'vertex': {
      const where = settings['ANTHROPIC_VERTEX_BASE_URL'] ?? settings['CLOUD_ML_REGION'] ?? '';
      const project = settings['ANTHROPIC_VERTEX_PROJECT_ID'];
      return `vertex:${where}${project === undefined ? '' : `#${project}`}`;
    }
    case 'foundry':
      return `foundry:${settings['ANTHROPIC_FOUNDRY_BASE_URL'] ?? settings['ANTHROPIC_FOUNDRY_RESOURCE'] ?? ''}`;
  }
}

/** The host that calls go to, or a cloud's region or resource, for traces. A URL may hold a password, so only its host. */
export function hostOf(endpoint: ModelEndpoint): string {
  const address = addressOf(endpoint).replaceAll(/^(?:bedrock|vertex|foundry):|#.*$/g, '');
  if (address === '') return 'api.anthropic.com';
  if (isWebAddress(address)) return new URL(address).hostname;
  return endpoint.provider === undefined ? 'unknown' : address;
}

/**
 * What the place of an endpoint multiplies the list price by. Google's regional and multi-region endpoints cost a tenth
 * more than the global one. On Bedrock the model's id says where a call runs. Source: platform.claude.com/docs, "Pricing".
 */
export function priceFactorOf(endpoint: ModelEndpoint): number {
  return endpoint.provider === 'vertex' && endpoint.settings['CLOUD_ML_REGION'] !== 'global' ? 1.1 : 1;
}
