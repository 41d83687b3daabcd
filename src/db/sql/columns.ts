/** Schemas of columns, as the driver returns them. */
import { z } from 'zod';
import {
  blockerId,
  commitSha,
  runId,
  taskId,
  treeSha,
  workerId,
  type BlockerId,
  type CommitSha,
  type RunId,
  type TaskId,
  type TreeSha,
  type WorkerId,
} from '../../contract/ids.js';

/** The schema of an id column, from the parser of the id. It narrows the type and leaves the value unchanged. */
function idColumn<Id extends string>(parse: (text: string) => Id) {
  return z.custom<Id>((value) => {
    try {
      return typeof value === 'string' && parse(value) === value;
    } catch {
      return false;
    }
  });
}

export const runIdColumn = idColumn<RunId>(runId);
export const taskIdColumn = idColumn<TaskId>(taskId);
export const commitColumn = idColumn<CommitSha>(commitSha);
export const treeColumn = idColumn<TreeSha>(treeSha);
export const blockerIdColumn = idColumn<BlockerId>(blockerId);
export const workerIdColumn = idColumn<WorkerId>(workerId);

export const texts = z.array(z.string());

export const attemptKindColumn = z.enum(['first', 'correction', 'rebase', 'handed_in']);
export const landingColumn = z.enum(['landed', 'conflict', 'red']);

/** The schema of a JSON column that this program wrote. `is` checks only what distinguishes the type. */
export function jsonColumn<T>(is: (value: unknown) => boolean) {
  return z.custom<T>(is);
}

/** The prices of a run's plan, by model. */
export const planPrices = z.record(z.string(), z.object({ input: z.number(), output: z.number() }));

/** A blocker as it is shown to a person. */
export const blockerColumns = {
  id: blockerIdColumn,
  runId: runIdColumn,
  taskId: taskIdColumn.nullable(),
  reason: z.string(),
  question: z.string(),
  at: z.date(),
};
