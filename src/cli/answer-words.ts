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
 * @param all the run whose blockers are all answered, as it was typed
 * @throws UsageError when there is no id, or more than one text
 */
export function readWords(words: readonly string[], all: string | undefined): AnswerWords {
  return tellApart(words, all, (word) => BLOCKER_ID.test(word));
}

/**
 * Tells ids from the text: the id of a blocker belongs to a run that exists.
 * @param all the run whose blockers are all answered, as it was typed
 * @throws UsageError when there is no id, or one beside `all`, or more than one text
 */
export async function readWordsWith(
  db: SqlDatabase,
  words: readonly string[],
  all: string | undefined,
): Promise<AnswerWords> {
  const ids = new Set<string>();
  for (const word of words) {
    const run = BLOCKER_ID.exec(word)?.[1];
    // The run of --all may be the beginning of an id, and somebody may begin the id of a blocker with the same.
    if (run !== undefined && (run === all || (await findRun(db, runId(run))) !== null)) ids.add(word);
  }
  const read = tellApart(words, all, (word) => ids.has(word));
  const [id] = read.ids;
  if (all !== undefined && id !== undefined)
    throw new UsageError(
      `--all answers all open blockers of a run, and ${id} names one: leave out one of the two. Nothing was answered`,
    );
  return read;
}

function tellApart(
  words: readonly string[],
  all: string | undefined,
  isId: (word: string) => boolean,
): AnswerWords {
  const isForAll = all !== undefined;
  // Without --all the first word names a blocker, whatever it looks like: a mistyped id must not become a text.
  const namesBlocker = (word: string, index: number) => (!isForAll && index === 0) || isId(word);
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
