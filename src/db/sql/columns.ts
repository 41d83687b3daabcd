/** Schemas of columns, as the driver gives them. */
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

/** An id, by its parser. The value stays what it is; only its type is narrower. */
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

export const attemptKindColumn = z.enum(['first', 'correction', 'rebase']);
export const landingColumn = z.enum(['landed', 'conflict', 'red']);

/** JSON that this program wrote: `is` checks as much of it as decides its type. */
export function jsonColumn<T>(is: (value: unknown) => boolean) {
  return z.custom<T>(is);
}
