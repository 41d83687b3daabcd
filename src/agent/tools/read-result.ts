/** Results of read tools. */
import type { ReadResult } from './tool.js';

/** A cut may part the two halves of a character (a surrogate pair), and the API refuses half of one. */
const HALF = /\p{Surrogate}/gu;

export function answer(text: string, shown: readonly string[]): ReadResult {
  return { text: text.replace(HALF, '\ufffd'), isError: false, shown };
}

/** @param problem a sentence without its full stop */
export function failure(problem: string): ReadResult {
  return { text: `Error: ${problem}.`, isError: true, shown: [] };
}
