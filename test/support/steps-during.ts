import { stepsToMatch } from './counting-regex.js';

/** What all patterns, and what the iterators of all arrays, share. */
const PATTERNS: { exec: (this: RegExp, text: string) => RegExpExecArray | null } = RegExp.prototype;
const WALKS = Object.getPrototypeOf([][Symbol.iterator]()) as {
  next: (this: Iterator<unknown>) => IteratorResult<unknown>;
};

/**
 * Steps that patterns take, and steps from one element of an array to the next, while `act` runs. Work that grows faster
 * than its input shows in them. V8 handles patterns and arrays more slowly for the rest of this process, so tests that count
 * such steps are in a folder of their own (`test/steps`).
 */
export async function stepsDuring(act: () => Promise<unknown>): Promise<number> {
  const { exec } = PATTERNS;
  const { next } = WALKS;
  let steps = 0;
  let isCounting = false;
  PATTERNS.exec = function (text) {
    // The counting itself uses patterns, too.
    if (!isCounting) {
      isCounting = true;
      try {
        steps += stepsToMatch(this, text);
      } catch (error) {
        // Whoever asked for the match may catch this.
        steps = Infinity;
        throw error;
      } finally {
        isCounting = false;
      }
    }
    return exec.call(this, text);
  };
  WALKS.next = function () {
    if (!isCounting) steps++;
    return next.call(this);
  };
  try {
    await act();
  } finally {
    PATTERNS.exec = exec;
    WALKS.next = next;
  }
  return steps;
}
