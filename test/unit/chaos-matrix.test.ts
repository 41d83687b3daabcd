import assert from 'node:assert/strict';
import { matrix } from '../chaos/matrix.js';
import { MOMENTS, PERSONS_MOMENTS } from '../chaos/moments.js';

describe('the kill matrix', () => {
  const rows = matrix();

  for (const victim of ['worker', 'postgres', 'temporal', 'host'] as const) {
    it(`kills ${victim} alone at every step, once`, () => {
      const faults = rows
        .flatMap((row) => row.faults)
        .filter(({ victims, way }) => way === 'kill' && victims.length === 1 && victims.includes(victim));
      const moments = faults.map(({ moment }) => moment);
      assert.deepEqual(moments.toSorted(), Object.keys(MOMENTS).toSorted());
    });
  }

  it('injects faults while a person answers or retries', () => {
    const moments = new Set(rows.flatMap(({ faults }) => faults.map(({ moment }) => moment)));
    const missing = Object.keys(PERSONS_MOMENTS).filter(
      (name) => ![...moments].some((each) => each === name),
    );
    assert.deepEqual(missing, []);
  });

  it('gives each row a distinct name, since each is a line of the table', () => {
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  });
});
