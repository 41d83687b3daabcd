/** Plays and judges rows. Several stages run in parallel, because most of a row's time is waiting for restarts. */
import assert from 'node:assert/strict';
import { messageOf } from '../../src/contract/errors.js';
import { keepEvidence } from './evidence.js';
import { judge } from './judge.js';
import { isRandom, type Row } from './matrix.js';
import { play, type Played } from './play.js';
import { Random } from './random.js';
import type { RowResult } from './report.js';
import type { Stage } from './stage.js';

/** The expected result of every row, from a run without faults. */
export interface Undisturbed {
  readonly tree: string;
  readonly ms: number;
}

/** Plays the run without faults that the others are compared with. */
export async function playUndisturbed(stage: Stage): Promise<Undisturbed> {
  const row: Row = { name: 'undisturbed', faults: [] };
  const played = await play(stage, { run: 'undisturbed', row, expectedTree: '', random: new Random(0) });
  assert.ok(played.kind === 'played' && played.facts.tree !== null);
  const facts = { ...played.facts, expectedTree: played.facts.tree };
  assert.deepEqual(judge(facts, { timed: false }).problems, [], 'a run without faults has no problems');
  return { tree: played.facts.tree, ms: played.ms };
}

/** A named moment of milliseconds may be missed. After three attempts it counts as one that does not come. */
const TRIES = 3;

export interface RowToPlay {
  readonly row: Row;
  /** Part of its runs' names and, with the seed, the source of its random choices. */
  readonly number: number;
}

/** Plays one row and judges it. */
export async function playRow(
  stage: Stage,
  { row, number }: RowToPlay,
  {
    seed,
    timed,
    expected,
  }: { readonly seed: number; readonly timed: boolean; readonly expected: Undisturbed },
): Promise<RowResult> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const run = `row-${number}${attempt === 1 ? '' : `-${attempt}`}`;
    let played: Played;
    try {
      const random = new Random(seed, 'row', number);
      played = await play(stage, { run, row, expectedTree: expected.tree, random });
    } catch (error) {
      return { name: row.name, facts: null, judgement: null, problems: [`${run}: ${messageOf(error)}`] };
    }
    if (played.kind === 'missed') {
      // A run may end before all of a row's random times. Nothing was tested, and nothing is wrong.
      if (isRandom(row)) return { name: row.name, facts: null, judgement: null, problems: [] };
      continue;
    }
    const judgement = judge(played.facts, { timed });
    const wrong = judgement.problems.length > 0;
    const kept = wrong ? ` (kept in ${await keepEvidence(stage, run, played.facts)})` : '';
    const problems = judgement.problems.map((problem) => `${run}: ${problem}${kept}`);
    return { name: row.name, facts: played.facts, judgement, problems };
  }
  return { name: row.name, facts: null, judgement: null, problems: ['its moment did not come'] };
}
