/** Replies to the model about a submission: the text of its tool result. Pure. */
import { RESULT_MARKERS } from '../model/result-markers.js';
import { material } from '../shared/material.js';

/** The tests of the submission failed: the summary and the relevant part of their output. */
export function redReply(
  command: string,
  { summary, output }: { readonly summary: string; readonly output: string },
  outputId: string,
): string {
  return `${RESULT_MARKERS.red} (${command}).\n\n${material(`${summary}\n\n${output}`)}\n\nread_output with the id ${outputId} shows the whole output.`;
}

const AGAIN =
  'Your earlier changes are not in the repository now. Read what is there and submit the whole change for it.';

/** The submission cannot be merged with what landed meanwhile. */
export function conflictReply(files: readonly string[]): string {
  const names = files.map((path) => JSON.stringify(path)).join(', ');
  return `${RESULT_MARKERS.conflict}: other work landed meanwhile and touches the same lines of ${names}. ${AGAIN}`;
}

/** The tests failed on the merge of the submission with what landed meanwhile. */
export function redMergeReply(
  command: string,
  { summary, output }: { readonly summary: string; readonly output: string },
): string {
  return `${RESULT_MARKERS.redMerge} its tests (${command}), with other work that landed meanwhile. ${AGAIN}\n\n${material(`${summary}\n\n${output}`)}`;
}

/** The submission breaks rules, and nothing of it was applied. `about` names each path and the reason. */
export function refusedReply(about: readonly string[]): string {
  const NOTHING = 'Nothing of this submission was written; send it again without that.';
  const [first = ''] = about;
  if (about.length === 1) return `${RESULT_MARKERS.refused} ${asSentence(first)} ${NOTHING}`;
  return `${RESULT_MARKERS.refused} ${NOTHING}\n\n${about.map(asSentence).join('\n')}`;
}

/** Ends a sentence with a full stop, or with a line break when it ends in material. */
export function asSentence(text: string): string {
  return text.endsWith('>') ? `${text}\n` : `${text}.`;
}

/** The answer is not valid. `problem` says why, as one or more sentences. */
export function malformedReply(problem: string): string {
  return `${RESULT_MARKERS.malformed} ${problem}`;
}

/** The problem in a reply of `malformedReply`. */
export function problemOf(reply: string): string {
  return reply.slice(RESULT_MARKERS.malformed.length).trim();
}
