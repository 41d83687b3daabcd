/**
 * The beginnings of tool results and messages to the model, by the outcome of its last answer. The scripted model
 * chooses its next answer by them.
 */
export const RESULT_MARKERS = {
  red: 'The tests failed',
  refused: 'Refused:',
  conflict: 'Merge conflict',
  redMerge: 'The merged tree failed',
  malformed: 'Malformed:',
  answered: 'A person answered',
} as const;

/** The beginning of a command's result, before its exit code. */
export const EXIT_CODE = 'Exit code';

/** Lines in the first message of a conversation that is not a task's first. */
export const MESSAGE_MARKERS = {
  /** Before what an earlier conversation left. */
  continued: '# So far',
  /** Before the request to summarise a conversation. */
  summary: '# Write the summary',
} as const;
