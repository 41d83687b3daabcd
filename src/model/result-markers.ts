/**
 * How a tool result or a message to the model begins, by what happened to its last answer. The model reads the
 * marker first; the scripted model chooses its next answer by it.
 */
export const RESULT_MARKERS = {
  red: 'The tests failed',
  refused: 'Refused:',
  conflict: 'Merge conflict',
  redMerge: 'The merged tree failed',
  malformed: 'Malformed:',
  answered: 'A person answered',
} as const;
