import { nonEmpty, type Environment } from '../shared/config.js';

/** The endpoint of model calls. The scripted model is a local server with its own endpoint. */
export interface ModelEndpoint {
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
}

/** Reads the endpoint from the variables that the SDK uses: ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY. */
export function endpointOf(env: Environment): ModelEndpoint {
  return { baseUrl: nonEmpty(env['ANTHROPIC_BASE_URL']), apiKey: nonEmpty(env['ANTHROPIC_API_KEY']) };
}

/** Whether a model is configured, which a run on a person's own repository needs. */
export function hasModel(endpoint: ModelEndpoint): boolean {
  return endpoint.baseUrl !== undefined || endpoint.apiKey !== undefined;
}
