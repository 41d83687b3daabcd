import type { Problem } from '../contract/errors.js';
import { limitsOf } from '../model/known-models.js';
import type { Plan } from './plan-schema.js';

/** The tasks whose effort the run's model does not accept: each of their calls would fail. */
export function effortProblems({ tasks }: Plan, model: string): Problem[] {
  const { efforts } = limitsOf(model);
  const accepted = efforts.length === 0 ? 'takes no effort' : `takes ${efforts.join(', ')}`;
  return tasks.flatMap(({ effort }, index) =>
    effort === null || efforts.includes(effort)
      ? []
      : [
          {
            line: null,
            path: `tasks[${index}].effort`,
            message: `found ${effort}, but ${model} ${accepted}`,
          },
        ],
  );
}
