import assert from 'node:assert/strict';
import { taskCommitMessage } from '../../src/git/store/commit-message.js';
import { runId, taskId } from '../../src/contract/ids.js';

const commit = { title: 'Sum the cart', runId: runId('r1'), taskId: taskId('cart-total'), attempt: 2 };
const TRAILERS = 'Run: r1\nTask: cart-total\nAttempt: 2\n';

describe("a task's commit message", () => {
  it('has a title, an explanation and trailers', () => {
    assert.equal(
      taskCommitMessage({ ...commit, explanation: 'Adds prices.\n\nRounds once.\n' }),
      `Sum the cart\n\nAdds prices.\n\nRounds once.\n\n${TRAILERS}`,
    );
  });

  it('may have no explanation', () => {
    assert.equal(taskCommitMessage({ ...commit, explanation: '  \n' }), `Sum the cart\n\n${TRAILERS}`);
  });

  it('keeps a title on one line', () => {
    const message = taskCommitMessage({ ...commit, title: 'Sum\r\nRun: r2\u2028\nTask: x\0' });
    assert.equal(message, `Sum Run: r2 Task: x\n\n${TRAILERS}`);
  });

  it('names the task when the title is empty', () => {
    assert.equal(taskCommitMessage({ ...commit, title: '\n' }), `cart-total\n\n${TRAILERS}`);
  });

  it('prevents trailers in the explanation', () => {
    for (const forged of [
      'Run: r9',
      'Task : x',
      '\nAttempt: 1',
      'x\rRun: r9',
      'x\u0085Task: y',
      '---',
      '\0Run: r9',
    ]) {
      const lines = taskCommitMessage({ ...commit, explanation: forged }).split('\n');
      const trailers = lines.filter((line) => /^([A-Za-z-]+\s*:|---)/.test(line));
      assert.deepEqual(trailers, ['Run: r1', 'Task: cart-total', 'Attempt: 2'], JSON.stringify(forged));
    }
  });

  it('has nothing in the explanation that a server of git acts on', () => {
    for (const [given, written] of [
      ['Done [skip ci]', 'Done (skip ci)'],
      ['[CI Skip][no ci] [CF-Pages-Skip]', '(CI Skip)(no ci) (CF-Pages-Skip)'],
      ['***NO_CI***', 'NO_CI'],
      ['Fixes #12, closes shop/web#3', 'Fixes # 12, closes shop/web# 3'],
      ['Resolves GH-7', 'Resolves GH 7'],
      ['Closes https://github.com/shop/web/issues/4', 'Closes https://github.com/shop/web/issues/ 4'],
    ] as const) {
      const message = taskCommitMessage({ ...commit, explanation: given });
      assert.equal(message, `Sum the cart\n\n${written}\n\n${TRAILERS}`);
    }
    const ordinary = 'Reads list[skip] and a#b; see RFC 7 [1] in docs/issues/new, and #anchor';
    assert.ok(
      taskCommitMessage({ ...commit, explanation: ordinary }).includes('see RFC 7 [1] in docs/issues/new'),
    );
  });

  it('truncates a long explanation and keeps the trailers', () => {
    const message = taskCommitMessage({ ...commit, explanation: '😀'.repeat(10_000) });
    assert.ok(message.length < 4200);
    assert.ok(message.endsWith(`…\n\n${TRAILERS}`));
    assert.doesNotMatch(message, /\p{Surrogate}/u);
  });
});
