/** The words of `answer`: which name blockers, and which is the text. */
import { NotFoundError, UsageError } from '../../contract/errors.js';
import { ID_PATTERN, runId } from '../../contract/ids.js';
import type { BlockerView } from '../../contract/run-view.js';
import { listOpenBlockers } from '../../db/blockers.js';
import type { SqlDatabase } from '../../db/database.js';
import { findRun } from '../../db/run-view.js';
import { formatList } from '../../shared/words/format.js';
import { commandsFor } from './answer-commands.js';
import { plainLine } from '../follow/plain-text.js';
import { findRunId, LATEST } from '../requested-run.js';

/** Such as `shop:cart:1`, or `shop:2` for a blocker of the run. A text can look the same: `localhost:5432`. */
const BLOCKER_ID = /^([a-z0-9][a-z0-9._-]{0,63})((?::[a-z0-9][a-z0-9._-]{0,63})?:[1-9]\d{0,5})$/;

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
 * Tells ids from the text: the id of a blocker belongs to a run that exists. As elsewhere, the run may be `latest` or the
 * beginning of an id; the ids that are returned are whole.
 * @param all the run whose blockers are all answered, as it was typed
 * @throws UsageError when there is no id, or one beside `all`, or more than one text, or when several runs begin like this
 */
export async function readWordsWith(
  db: SqlDatabase,
  words: readonly string[],
  all: string | undefined,
): Promise<AnswerWords> {
  const ids = new Map<string, string>();
  const runs = new Set<string>();
  for (const [index, word] of words.entries()) {
    const [, run, rest] = BLOCKER_ID.exec(word) ?? [];
    if (run === undefined || rest === undefined) continue;
    // The run of --all may be the beginning of an id, and somebody may begin the id of a blocker with the same.
    if (run === all) ids.set(word, word);
    // A later word may be a text: `latest`, and what another word has for a run, are the only short forms in it.
    const isShort = all === undefined && (index === 0 || run === LATEST || runs.has(run));
    const found = isShort ? await findShortened(db, run) : await findWhole(db, run);
    if (found === null) continue;
    runs.add(run);
    ids.set(word, `${found}${rest}`);
  }
  const read = tellApart(words, all, (word) => ids.has(word));
  const [id] = read.ids;
  if (all !== undefined && id !== undefined)
    throw new UsageError(
      `--all answers all open blockers of a run, and ${id} names one: leave out one of the two. Nothing was answered`,
    );
  return { ...read, ids: [...new Set(read.ids.map((word) => ids.get(word) ?? word))] };
}

async function findWhole(db: SqlDatabase, run: string): Promise<string | null> {
  return (await findRun(db, runId(run))) === null ? null : run;
}

async function findShortened(db: SqlDatabase, run: string): Promise<string | null> {
  try {
    return await findRunId({ db }, run);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** The error for a word that names no blocker. It names the open ones of the run, or of the task, that the word names. */
export async function noBlockerError(db: SqlDatabase, word: string): Promise<NotFoundError> {
  const [run = '', task] = word.split(':');
  const found = ID_PATTERN.test(run) ? await findShortened(db, run) : null;
  const open = found === null ? [] : await listOpenBlockers(db, runId(found));
  const meant = task === undefined ? open : open.filter(({ taskId }) => taskId === task);
  return new NotFoundError(`There is no blocker ${word}. ${howToAnswer(meant)}`);
}

/** Ids that an error lists. */
const IDS_SHOWN = 5;

function howToAnswer(open: readonly BlockerView[]): string {
  const [first, ...others] = open;
  if (first === undefined) return 'List the open ones with: leadwright blockers';
  if (others.length > 0) {
    const ids = open.map(({ id }) => id);
    return `Open are ${formatList(ids, IDS_SHOWN)}. See them with:  leadwright blockers ${first.runId}`;
  }
  const commands = commandsFor(first).map(([command, does]) => `\n    ${command}  (${does})`);
  return `Open is ${first.id}: ${plainLine(first.question)}\n  Answer it with one of:${commands.join('')}`;
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
