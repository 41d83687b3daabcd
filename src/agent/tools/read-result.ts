/** Results of read tools. */
import type { ReadResult } from './tool.js';

/** Half of a surrogate pair, which a cut may leave. The API refuses it. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

export function answer(text: string, shown: readonly string[]): ReadResult {
  return { text: text.replace(LONE_SURROGATE, '\ufffd'), isError: false, shown };
}

/** @param problem a sentence without its full stop */
export function failure(problem: string): ReadResult {
  return { text: `Error: ${problem}.`, isError: true, shown: [] };
}
