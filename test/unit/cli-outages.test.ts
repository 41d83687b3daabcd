import assert from 'node:assert/strict';
import { Outage } from '../../src/cli/follow/outages.js';

describe('a service that is away while a run is followed', () => {
  const at = (times: readonly number[]) => {
    let asked = 0;
    return new Outage('PostgreSQL', () => times[asked++] ?? assert.fail('asked too often'));
  };

  it('is named once, and once when it answers again', () => {
    const outage = at([0, 0, 5_000, 5_000, 7_000, 7_000, 20_000, 20_000, 26_000]);
    assert.equal(outage.note(true), null);
    assert.equal(outage.note(false), null);
    assert.equal(outage.note(false), 'PostgreSQL does not answer. Waiting for it…');
    assert.equal(outage.note(false), null);
    assert.equal(outage.note(true), 'PostgreSQL answers again. Going on.');
    assert.equal(outage.note(true), null);
  });

  it('is not named when it only restarts', () => {
    const outage = at([0, 0, 4_000, 6_000, 6_000]);
    assert.equal(outage.note(false), null);
    assert.equal(outage.note(false), null);
    assert.equal(outage.note(true), null);
    assert.equal(outage.note(false), null);
  });
});
