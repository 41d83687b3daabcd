import { candidatePaths } from '../../agent/request/instructions.js';
import type { ShownFiles } from '../../agent/shown-files.js';
import type { Plan } from '../../plan/plan-schema.js';

/**
 * Warns of instructions and of entries of `files` that are symbolic links to no file of the base: no agent is shown
 * anything of them.
 * @param files the base as the model may see it
 */
export async function linkWarnings(
  files: Pick<ShownFiles, 'read'>,
  { tasks, instructions }: Pick<Plan, 'tasks' | 'instructions'>,
): Promise<string[]> {
  const named = tasks.flatMap((task) => task.files);
  const uses = new Map<string, string>([
    ...named.map((path) => [path, 'agents are not shown it'] as const),
    ...candidatePaths(instructions, named).map((path) => [path, 'its instructions are not read'] as const),
  ]);
  const warnings: string[] = [];
  for (const [path, effect] of uses) {
    const file = await files.read(path);
    if (file.kind !== 'link' || file.file !== null) continue;
    warnings.push(
      `${JSON.stringify(path)} is a symbolic link to ${JSON.stringify(file.target)}, which is no file at the base, so ${effect}`,
    );
  }
  return warnings;
}
