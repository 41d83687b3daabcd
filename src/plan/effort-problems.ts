import type { Problem } from '../contract/errors.js';
import { limitsOf } from '../model/known-models.js';
import { chooseModel } from './choose-model.js';
import type { Plan, PlanTask } from './plan-schema.js';

/**
 * The tasks whose effort one of their models does not accept: each call of it would fail.
 * @param model the run's own model
 */
export function effortProblems({ tasks, escalate }: Plan, model: string): Problem[] {
  return tasks.flatMap((task, index) => {
    const failures = [0, escalate?.after ?? 0];
    const models = new Set(failures.map((failed) => chooseModel({ model, escalate }, task.model, failed)));
    const path = `tasks[${index}].effort`;
    return [...models].flatMap((each) => effortProblem(task, each, path));
  });
}

function effortProblem({ effort }: PlanTask, model: string, path: string): Problem[] {
  const { efforts } = limitsOf(model);
  if (effort === null || efforts.includes(effort)) return [];
  const accepted = efforts.length === 0 ? 'takes no effort' : `takes ${efforts.join(', ')}`;
  return [{ line: null, path, message: `found ${effort}, but ${model} ${accepted}` }];
}
