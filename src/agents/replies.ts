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
