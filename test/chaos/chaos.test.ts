import assert from 'node:assert/strict';
import { matrix, randomRow } from './matrix.js';
import { Stage } from './stage.js';
import { playRow, playUndisturbed, type Undisturbed } from './suite.js';

/** A fixed seed; `npm run chaos` runs the whole matrix, with a new seed each time. */
const SEED = 20261124;

/** One row for each kind of victim, at the steps where most can be lost. */
const ROWS = [
  "kill worker: model asked, lead's workflow task",
  'kill postgres: answer not stored, merge not recorded',
  'kill temporal: commit not recorded, verdict not kept',
  'kill host + command: test running',
  'kill launcher: model asked, command running, merge not recorded',
];

describe('the kill matrix, a part of it', function () {
  this.timeout(300_000);
  let stage: Stage;
  let expected: Undisturbed;

  before(async () => {
    stage = await Stage.open();
    expected = await playUndisturbed(stage);
  });

  const rows = matrix().map((row, index) => ({ row, number: index + 1 }));
  for (const name of ROWS) {
    it(name, async () => {
      const found = rows.find(({ row }) => row.name === name);
      assert.ok(found !== undefined);
      // Only `npm run chaos` judges times, because it needs a machine without other load.
      const result = await playRow(stage, found, { seed: SEED, timed: false, expected });
      assert.deepEqual(result.problems, []);
    });
  }

  it('injects faults at random times', async () => {
    const row = randomRow(SEED, 1, expected.ms);
    const result = await playRow(
      stage,
      { row, number: rows.length + 1 },
      { seed: SEED, timed: false, expected },
    );
    assert.deepEqual(result.problems, []);
  });

  it('leaves nothing behind', async () => {
    assert.deepEqual(await stage.close(), []);
  });
});
