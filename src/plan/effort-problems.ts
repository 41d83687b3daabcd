/** Levels of effort that a model does not have. A task's own is an error; the plan's is left out for that model. Pure. */
import type { Problem } from '../contract/errors.js';
import { limitsOf, type Effort } from '../model/known-models.js';
import { formatList } from '../shared/words/format.js';
import { chooseModel } from './choose-model.js';
import type { Plan, PlanTask } from './plan-schema.js';

/**
 * The tasks whose own effort one of their models does not accept: each call of it would fail.
 * @param model the run's own model
 */
export function effortProblems(plan: Plan, model: string): Problem[] {
  return plan.tasks.flatMap((task, index) => {
    const { effort } = task;
    if (effort === null) return [];
    return without(effort, modelsOfTask(plan, model, task)).map((each): Problem => {
      const { efforts } = limitsOf(each);
      const accepted = efforts.length === 0 ? 'takes no effort' : `takes ${efforts.join(', ')}`;
      const path = `tasks[${index}].effort`;
      return { line: null, path, message: `found ${effort}, but ${each} ${accepted}` };
    });
  });
}

/** Names the models that do without the plan's effort, in one sentence. */
export function effortWarnings(plan: Plan, model: string): string[] {
  const { effort, tasks } = plan;
  if (effort === null) return [];
  const inheriting = tasks.filter((task) => task.effort === null);
  const models = new Set(inheriting.flatMap((task) => modelsOfTask(plan, model, task)));
  const lacking = without(effort, [...models]);
  return lacking.length === 0
    ? []
    : [`the plan's effort (${effort}) is left out for ${formatList(lacking)}: no such level`];
}

/** The models that may work on a task. */
function modelsOfTask({ escalate }: Plan, model: string, task: PlanTask): readonly string[] {
  const failures = [0, escalate?.after ?? 0];
  return [...new Set(failures.map((failed) => chooseModel({ model, escalate }, task.model, failed)))];
}

function without(effort: Effort, models: readonly string[]): readonly string[] {
  return models.filter((model) => !limitsOf(model).efforts.includes(effort));
}
