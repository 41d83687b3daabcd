import { createHash } from 'node:crypto';
import { nonEmpty, type Environment } from '../shared/config.js';
import { endpointOf, hasModel } from '../model/endpoint.js';
import { isProviderVariable } from '../model/providers.js';
import { readProxies } from '../shared/network/proxies.js';
import type { WorkerNeed } from './host/host-protocol.js';

/** A worker's settings, from the environment of the process that started it. They hold hashes instead of secrets. */
export interface WorkerSettings {
  readonly fingerprint: string;
  /** Whether it may call a model that costs money: it has a key, or a cloud's settings. */
  readonly hasKey: boolean;
  /** Whether there is a model to call: a key or a base URL is set, or a cloud's settings are complete. */
  readonly hasModel: boolean;
  /** Hash of how webhooks are signed and where they may be sent; null when nothing is set. */
  readonly webhook: string | null;
  /** Hash of the sandbox settings; null when nothing is set. */
  readonly sandbox: string | null;
  /** Hash of the proxies for model calls, MCP servers and set-ups; null when none is set. */
  readonly proxies: string | null;
}

const WEBHOOK = ['LEADWRIGHT_WEBHOOK_SECRET', 'LEADWRIGHT_WEBHOOK_PRIVATE'];
const SANDBOX = [
  'LEADWRIGHT_SANDBOX',
  'LEADWRIGHT_SANDBOX_IMAGE',
  'LEADWRIGHT_TOOL_CHAINS',
  'LEADWRIGHT_SETUP_ALLOW',
];

/** Reads a worker's settings from an environment. */
export function workerSettings(env: Environment): WorkerSettings {
  const endpoint = endpointOf(env);
  const model = nonEmpty(env['LEADWRIGHT_MODEL']) ?? null;
  const isCloud = endpoint.provider !== undefined;
  const parts = isCloud
    ? [endpoint.provider, JSON.stringify(endpoint.settings), model]
    : [endpoint.apiKey ?? null, endpoint.baseUrl ?? null, model];
  return {
    fingerprint: hashOf(parts),
    hasKey: isCloud ? hasModel(endpoint) : endpoint.apiKey !== undefined,
    hasModel: hasModel(endpoint),
    webhook: fingerprintOf(env, WEBHOOK),
    sandbox: fingerprintOf(env, SANDBOX),
    proxies: fingerprintOfProxies(env),
  };
}

function fingerprintOf(env: Environment, names: readonly string[]): string | null {
  const values = names.map((name) => nonEmpty(env[name]) ?? null);
  return values.every((value) => value === null) ? null : hashOf(values);
}

function fingerprintOfProxies(env: Environment): string | null {
  const { http, https, direct } = readProxies(env);
  if (http === null && https === null) return null;
  return hashOf([http?.href ?? null, https?.href ?? null, ...direct]);
}

function hashOf(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** A command's request for a worker, and the state that decides about it. */
export interface WorkerRequest {
  readonly need: Exclude<WorkerNeed, 'none' | 'present'>;
  readonly requested: WorkerSettings;
  /** Undefined: no worker runs. */
  readonly running: WorkerSettings | undefined;
  /** Whether a command other than the requesting one uses the running worker. */
  readonly usedByOthers: boolean;
  readonly openWork: boolean;
}

/** `replace`: end the running worker and start one with the requested settings. */
export type WorkerDecision = 'start' | 'use' | 'replace' | 'refuse';

/**
 * Decides which worker serves a command. A worker calls the model with the settings of the process that started it, so
 * it must not serve a command with other settings. It may be replaced when no run is open and either it has no key
 * (`up` was started before the key was set) or no other command uses it.
 */
export function decideWorker(request: WorkerRequest): WorkerDecision {
  const { running, requested } = request;
  if (running === undefined) return 'start';
  if (request.need === 'any') return 'use';
  const sameModel = request.need === 'scripted' || running.fingerprint === requested.fingerprint;
  // A command that sets nothing for webhooks, the sandbox or proxies can use any worker.
  const fits = (['webhook', 'sandbox', 'proxies'] as const).every(
    (name) => requested[name] === null || requested[name] === running[name],
  );
  if (sameModel && fits) return 'use';
  const replaceable = !request.openWork && (!running.hasKey || !request.usedByOthers);
  return replaceable ? 'replace' : 'refuse';
}

/** `nobody`: no worker runs. `modelless`: the running worker has no model. */
export type PresentWorkerDecision = 'start' | 'use' | 'nobody' | 'modelless';

/**
 * Decides about a request without model settings, such as one of the dashboard. It is served by the running worker if
 * that can call a model. What needs no model (a scripted run, a pause, a cancel) is served by any worker, and one may
 * be started for it.
 * @param any whether a worker without a model will do
 */
export function decidePresentWorker(
  any: boolean,
  running: Pick<WorkerSettings, 'hasModel'> | undefined,
): PresentWorkerDecision {
  if (running === undefined) return any ? 'start' : 'nobody';
  return any || running.hasModel ? 'use' : 'modelless';
}

/**
 * The environment without the secrets that only a worker may have, and without what chooses the model's provider: for the
 * host, its servers and the notifier.
 */
export function withoutModelSecrets(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name === 'LEADWRIGHT_WEBHOOK_SECRET' || isProviderVariable(name)
        ? []
        : [[name, value]],
    ),
  );
}
