import type { Environment } from '../shared/config.js';
import { count } from '../shared/words/format.js';
import type { Plan } from './plan-schema.js';

/**
 * Warns of variables that the plan lets commands see and that are not set. A worker has the environment of the command that
 * started it, which may be another shell's. Pure.
 * @param where where the commands run, for people
 */
export function unsetVariableWarnings(
  { env: names }: Pick<Plan, 'env'>,
  environment: Environment,
  where: string,
): string[] {
  const unset = names.filter((name) => environment[name] === undefined);
  if (unset.length === 0) return [];
  const are = unset.length === 1 ? 'is' : 'are';
  return [
    `${count(unset.length, 'variable')} that the plan names in \`env\` ${are} not set ${where} (${unset.join(', ')}): set-up and tests run without`,
  ];
}
