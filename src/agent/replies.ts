import { material } from '../shared/material.js';

/**
 * How a tool result begins, by what happened to a submission. The model reads it first; the scripted model
 * chooses its next answer by it.
 */
export const REPLY = {
  red: 'The tests failed',
  refused: 'Refused:',
  conflict: 'Merge conflict',
  redMerge: 'The merged tree failed',
  malformed: 'Malformed:',
  answered: 'A person answered',
} as const;

/** What the model is told of a red verdict: the part of the output that matters. */
export function redReply(
  command: string,
  { summary, output }: { readonly summary: string; readonly output: string },
): string {
  return `${REPLY.red} (${command}).\n\n${material(`${summary}\n\n${output}`)}`;
}

const AGAIN =
  'Your earlier changes are not in the repository now. Read what is there and submit the whole change for it.';

/** What it is told of a merge that cannot be made. */
export function conflictReply(files: readonly string[]): string {
  const names = files.map((path) => JSON.stringify(path)).join(', ');
  return `${REPLY.conflict}: other work landed meanwhile and touches the same lines of ${names}. ${AGAIN}`;
}

/** What it is told of a merge whose tests fail. */
export function redMergeReply(
  command: string,
  { summary, output }: { readonly summary: string; readonly output: string },
): string {
  return `${REPLY.redMerge} its tests (${command}), with other work that landed meanwhile. ${AGAIN}\n\n${material(`${summary}\n\n${output}`)}`;
}
