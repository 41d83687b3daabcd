import type { BlockerView } from '../../contract/run-view.js';
import { openDependants } from '../../shared/open-dependants.js';
import { api } from '../api-client.js';

/** A task as a list names it. */
export interface NamedTask {
  readonly id: string;
  readonly title: string;
}

/** What a skip of several tasks does. */
export interface Skip {
  readonly blockers: readonly BlockerView[];
  /** The tasks that are asked about. */
  readonly tasks: readonly NamedTask[];
  /** The tasks that are skipped too, because they depend on those. */
  readonly dependants: readonly NamedTask[];
}

/** Reads which tasks are skipped when these questions are answered with a skip. @throws Away @throws Refused */
export async function readSkip(blockers: readonly BlockerView[]): Promise<Skip> {
  const runs = [...new Set(blockers.map(({ runId }) => runId))];
  const read = await Promise.all(
    runs.map(async (run) => {
      const { tasks } = await api.graph(run);
      const ids = blockers.flatMap(({ runId, taskId }) => (runId === run && taskId !== null ? [taskId] : []));
      const name = ({ id, title }: NamedTask) => ({ id: `${id} of ${run}`, title });
      return {
        tasks: tasks.filter(({ id }) => ids.includes(id)).map(name),
        dependants: openDependants(tasks, ids).map(name),
      };
    }),
  );
  return {
    blockers,
    tasks: read.flatMap(({ tasks }) => tasks),
    dependants: read.flatMap(({ dependants }) => dependants),
  };
}
