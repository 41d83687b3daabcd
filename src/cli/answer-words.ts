/** The words of `answer`: which name blockers, and which is the text. */
import { UsageError } from '../contract/errors.js';
import { runId } from '../contract/ids.js';
import type { SqlDatabase } from '../db/database.js';
import { findRun } from '../db/run-view.js';

/** Such as `shop:cart:1`, or `shop:2` for a blocker of the run. A text can look the same: `localhost:5432`. */
const BLOCKER_ID = /^([a-z0-9][a-z0-9._-]{0,63})(?::[a-z0-9][a-z0-9._-]{0,63})?:[1-9]\d{0,5}$/;

export interface AnswerWords {
  readonly ids: readonly string[];
  readonly text: string | undefined;
}

/**
 * Tells ids from the text by their form, for what can be refused before the record is there. @see readWordsWith
 * @throws UsageError when there is no id, or more than one text
 */
export function readWords(words: readonly string[], isForAll: boolean): AnswerWords {
  return tellApart(words, isForAll, (word) => BLOCKER_ID.test(word));
}

/**
 * Tells ids from the text: the id of a blocker belongs to a run that exists.
 * @throws UsageError when there is no id, or more than one text
 */
export async function readWordsWith(
  db: SqlDatabase,
  words: readonly string[],
  isForAll: boolean,
): Promise<AnswerWords> {
  const ids = new Set<string>();
  for (const word of words) {
    const run = BLOCKER_ID.exec(word)?.[1];
    if (run !== undefined && (await findRun(db, runId(run))) !== null) ids.add(word);
  }
  return tellApart(words, isForAll, (word) => ids.has(word));
}

function tellApart(
  words: readonly string[],
  isForAll: boolean,
  isId: (word: string) => boolean,
): AnswerWords {
  // The first word names a blocker, whatever it looks like: a mistyped id must not become a text.
  const namesBlocker = (word: string, index: number) => !isForAll && (index === 0 || isId(word));
  const ids = words.filter(namesBlocker);
  const texts = words.filter((word, index) => !namesBlocker(word, index));
  if (ids.length === 0 && !isForAll)
    throw new UsageError(
      'Name a blocker, or a run with --all. List the open ones with:  leadwright blockers',
    );
  if (texts.length > 1)
    throw new UsageError(`Write the text as one word, in quotes: ${JSON.stringify(texts.join(' '))}`);
  return { ids: [...new Set(ids)], text: texts[0] };
}
