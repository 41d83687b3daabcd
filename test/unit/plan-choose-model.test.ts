import assert from 'node:assert/strict';
import { chooseModel } from '../../src/plan/choose-model.js';

describe('chooseModel', () => {
  const models = { model: 'small', escalate: { after: 2, model: 'large' } };

  it('takes the task’s own model or the run’s, until as many attempts failed as `escalate` says', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((failures) => chooseModel(models, null, failures)),
      ['small', 'small', 'large', 'large'],
    );
    assert.deepEqual(
      [1, 2].map((failures) => chooseModel(models, 'own', failures)),
      ['own', 'large'],
    );
    assert.equal(chooseModel({ ...models, escalate: null }, null, 9), 'small');
  });

  it('calls no other model in a run with the scripted one', () => {
    assert.equal(chooseModel({ ...models, model: 'scripted' }, 'own', 2), 'scripted');
  });
});
