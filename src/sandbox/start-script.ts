import { EnvironmentError, messageOf } from '../contract/errors.js';
import { LostProcessError, startGroup, type Group, type GroupCommand } from '../shared/process/group.js';
import { missingFolder } from '../shared/process/missing-folder.js';

/**
 * Starts a command with a shell script, in a process group of its own.
 * @param problem what could not be started, for the error
 * @throws EnvironmentError when it cannot be started
 */
export async function startScript(command: GroupCommand, problem: string): Promise<Group> {
  try {
    const group = startGroup(command);
    await group.started;
    return group;
  } catch (error) {
    if (error instanceof LostProcessError) throw error;
    const missing = missingFolder(command.cwd, error);
    throw new EnvironmentError(
      `${problem}: ${messageOf(missing ?? error)}`,
      missing?.fix ??
        `Check that ${command.command} is there and that this machine can start more processes.`,
      { cause: error },
    );
  }
}
