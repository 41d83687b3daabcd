import { createHash } from 'node:crypto';
import { nonEmpty, type Environment } from '../config.js';
import type { WorkerNeed } from './protocol.js';

/** The model settings of a process, comparable without the key itself. */
export interface ModelSettings {
  readonly fingerprint: string;
  readonly hasKey: boolean;
}

/** The model settings that an environment holds (contract, section 5). */
export function modelSettings(env: Environment): ModelSettings {
  const key = nonEmpty(env['ANTHROPIC_API_KEY']);
  const parts = [
    key ?? null,
    nonEmpty(env['ANTHROPIC_BASE_URL']) ?? null,
    nonEmpty(env['LEADWRIGHT_MODEL']) ?? null,
  ];
  return {
    fingerprint: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
    hasKey: key !== undefined,
  };
}

/** What is known when a command asks for a worker. */
export interface WorkerQuestion {
  readonly need: Exclude<WorkerNeed, 'none'>;
  readonly asked: ModelSettings;
  /** Undefined: no worker runs. */
  readonly running: ModelSettings | undefined;
  /** Commands that hold the running worker, the asking one not counted. */
  readonly otherHolders: number;
  readonly openWork: boolean;
}

/** `replace`: end the running worker and start one with the settings that are asked for. */
export type WorkerAnswer = 'start' | 'use' | 'replace' | 'refuse';

/**
 * A worker calls the model with the settings of the process that started it, so a command with others must not
 * be served by it. It may be replaced when that hurts nobody: no run is open, and either it has no key at all
 * (an `up` before the key was set) or no command counts on it.
 */
export function answerWorkerQuestion(question: WorkerQuestion): WorkerAnswer {
  const { running } = question;
  if (running === undefined) return 'start';
  if (question.need === 'scripted' || running.fingerprint === question.asked.fingerprint) return 'use';
  const replaceable = !question.openWork && (!running.hasKey || question.otherHolders === 0);
  return replaceable ? 'replace' : 'refuse';
}

/** The environment without what only a worker may have: for the host, its servers and the notifier. */
export function withoutModelSecrets(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || /^(ANTHROPIC|CLAUDE)_/.test(name) ? [] : [[name, value]],
    ),
  );
}
