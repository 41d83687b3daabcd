import { createHash } from 'node:crypto';
import { nonEmpty, type Environment } from '../shared/config.js';
import { endpointOf, hasModel } from '../model/endpoint.js';
import type { WorkerNeed } from './host/host-protocol.js';

/** What a worker works by, comparable without the key itself: the settings of the process that started it. */
export interface WorkerSettings {
  readonly fingerprint: string;
  readonly hasKey: boolean;
  /** Whether there is a model to call: a key, or an address of one's own. */
  readonly hasModel: boolean;
  /** How webhooks are signed and where they may be, comparable without the secret; null where nothing is said of it. */
  readonly webhook: string | null;
  /** Where tests run, comparable; null where nothing is said of it. */
  readonly sandbox: string | null;
}

const WEBHOOK = ['LEADWRIGHT_WEBHOOK_SECRET', 'LEADWRIGHT_WEBHOOK_PRIVATE'];
const SANDBOX = ['LEADWRIGHT_SANDBOX', 'LEADWRIGHT_SANDBOX_IMAGE', 'LEADWRIGHT_TOOL_CHAINS'];

/** The settings of a worker that an environment holds (contract, section 5). */
export function workerSettings(env: Environment): WorkerSettings {
  const key = nonEmpty(env['ANTHROPIC_API_KEY']);
  const parts = [
    key ?? null,
    nonEmpty(env['ANTHROPIC_BASE_URL']) ?? null,
    nonEmpty(env['LEADWRIGHT_MODEL']) ?? null,
  ];
  return {
    fingerprint: hashOf(parts),
    hasKey: key !== undefined,
    hasModel: hasModel(endpointOf(env)),
    webhook: fingerprintOf(env, WEBHOOK),
    sandbox: fingerprintOf(env, SANDBOX),
  };
}

function fingerprintOf(env: Environment, names: readonly string[]): string | null {
  const values = names.map((name) => nonEmpty(env[name]) ?? null);
  return values.every((value) => value === null) ? null : hashOf(values);
}

function hashOf(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What is known when a command asks for a worker. */
export interface WorkerRequest {
  readonly need: Exclude<WorkerNeed, 'none'>;
  readonly requested: WorkerSettings;
  /** Undefined: no worker runs. */
  readonly running: WorkerSettings | undefined;
  /** Whether a command other than the asking one holds the running worker. */
  readonly usedByOthers: boolean;
  readonly openWork: boolean;
}

/** `replace`: end the running worker and start one with the settings that are asked for. */
export type WorkerDecision = 'start' | 'use' | 'replace' | 'refuse';

/**
 * A worker calls the model with the settings of the process that started it, so a command with others must not
 * be served by it. It may be replaced when that hurts nobody: no run is open, and either it has no key at all
 * (an `up` before the key was set) or no command counts on it.
 */
export function decideWorker(question: WorkerRequest): WorkerDecision {
  const { running, requested } = question;
  if (running === undefined) return 'start';
  if (question.need === 'any') return 'use';
  const sameModel = question.need === 'scripted' || running.fingerprint === requested.fingerprint;
  // Who says nothing of webhooks, or of the sandbox, can do with any worker.
  const fits = (name: 'webhook' | 'sandbox') => requested[name] === null || requested[name] === running[name];
  if (sameModel && fits('webhook') && fits('sandbox')) return 'use';
  const replaceable = !question.openWork && (!running.hasKey || !question.usedByOthers);
  return replaceable ? 'replace' : 'refuse';
}

/** What may be done for whoever asks for the worker that runs. `nobody`: none does; `modelless`: it has no model. */
export type PresentWorkerDecision = 'start' | 'use' | 'nobody' | 'modelless';

/**
 * Who brings no model settings, such as a page, is served by whatever worker runs, where it can call a model. What
 * needs no model (a scripted run, a pause, a cancel) is done by any, and one can be started for it by anybody.
 */
export function decidePresentWorker(
  any: boolean,
  running: Pick<WorkerSettings, 'hasModel'> | undefined,
): PresentWorkerDecision {
  if (running === undefined) return any ? 'start' : 'nobody';
  return any || running.hasModel ? 'use' : 'modelless';
}

const WORKER_SECRETS = /^(?:ANTHROPIC_|CLAUDE_|LEADWRIGHT_WEBHOOK_SECRET$)/;

/** The environment without secrets that only a worker may have: for the host, its servers and the notifier. */
export function withoutModelSecrets(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || WORKER_SECRETS.test(name) ? [] : [[name, value]],
    ),
  );
}
