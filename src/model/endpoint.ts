import { nonEmpty, type Environment } from '../shared/config.js';

/** Where model calls go. The scripted model is a server of our own on loopback. */
export interface ModelEndpoint {
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
}

/** The endpoint of a process, as the SDK reads it: ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY. */
export function endpointOf(env: Environment): ModelEndpoint {
  return { baseUrl: nonEmpty(env['ANTHROPIC_BASE_URL']), apiKey: nonEmpty(env['ANTHROPIC_API_KEY']) };
}

/** Whether a run on a person's own repository has a model to call at all. */
export function hasModel(endpoint: ModelEndpoint): boolean {
  return endpoint.baseUrl !== undefined || endpoint.apiKey !== undefined;
}
