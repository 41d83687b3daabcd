/** Which model makes the next attempt at a task. Pure. */
import { SCRIPTED_MODEL } from '../model/known-models.js';
import type { Plan } from './plan-schema.js';

/** A run's own model and, of its plan, what may choose another. */
export interface RunModels {
  readonly model: string;
  readonly escalate: Plan['escalate'];
}

/**
 * The model that makes the next attempt: the task's own or the run's, or that of `escalate` after as many failed
 * attempts as the plan says. A conflict or a red merge is no failure of the model. A run with the scripted model calls no
 * other.
 * @param own the task's own model; null for the run's
 * @param failures attempts with a red verdict
 */
export function chooseModel({ model, escalate }: RunModels, own: string | null, failures: number): string {
  if (model === SCRIPTED_MODEL) return model;
  if (escalate !== null && failures >= escalate.after) return escalate.model;
  return own ?? model;
}

/** All models that a run of the plan may call, its own first. */
export function modelsOf({ escalate, tasks }: Plan, model: string): readonly string[] {
  if (model === SCRIPTED_MODEL) return [model];
  const others = [escalate?.model ?? null, ...tasks.map((task) => task.model)];
  return [...new Set([model, ...others.filter((other) => other !== null)])];
}
