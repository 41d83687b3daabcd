import assert from 'node:assert/strict';
import { requireTask } from '../../src/cli/requested-run.js';
import { NotFoundError } from '../../src/contract/errors.js';
import { runId, taskId } from '../../src/contract/ids.js';

describe('a task that a person names', () => {
  const tasks = [{ id: taskId('cart-total') }, { id: taskId('price') }];
  const named = (id: string) => requireTask({ runId: runId('shop-k3x9pq'), tasks }, taskId(id));

  it('is found by its id', () => {
    assert.equal(named('price'), tasks[1]);
  });

  it('is not found when the run has none of this id, like a run that does not exist', () => {
    assert.throws(() => named('delivery'), NotFoundError);
  });

  it('is corrected when it is mistyped, and the tasks of the run are a command away', () => {
    const list = 'List its tasks with:  leadwright show shop-k3x9pq';
    assert.throws(() => named('pirce'), {
      name: 'UsageError',
      message: `The run shop-k3x9pq has no task pirce; did you mean "price"? ${list}`,
    });
    assert.throws(() => named('delivery'), {
      name: 'UsageError',
      message: `The run shop-k3x9pq has no task delivery. ${list}`,
    });
  });
});
