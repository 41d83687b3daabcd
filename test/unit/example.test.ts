import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESULT_MARKERS } from '../../src/model/result-markers.js';
import {
  backwards,
  begin,
  inFolder,
  loadBookshop,
  ownTest,
  playAll,
  reply,
  runTest,
  work,
  type Bookshop,
  type Task,
  type Tree,
  type Work,
} from '../support/bookshop.js';

describe('the bookshop example', function () {
  // About forty runs of small test suites: seconds, or a minute on a busy machine.
  this.timeout(180_000);

  let bookshop: Bookshop;
  before(async () => {
    bookshop = await loadBookshop();
  });

  function taskCalled(id: string): Task {
    const task = bookshop.plan.tasks.find((each) => each.id === id);
    assert.ok(task);
    return task;
  }

  /** The work of the two conflicting tasks, both started from the base. */
  async function bothWorks(): Promise<readonly [Task, Work, Task, Work]> {
    const [one, other] = [taskCalled('three-for-two'), taskCalled('class-set')];
    const { script, base } = bookshop;
    const works = [work(script, one, begin(one, base)), work(script, other, begin(other, base))] as const;
    return [one, await works[0], other, await works[1]];
  }

  it('has tasks of three issues and all roles, and an answer for each', () => {
    const { plan, script } = bookshop;
    assert.deepEqual(
      new Set(plan.tasks.map(({ issue }) => issue)),
      new Set(['Catalogue', 'Cart', 'Storefront']),
    );
    assert.deepEqual(new Set(plan.tasks.map(({ agent }) => agent)), new Set(['backend', 'frontend', 'test']));
    assert.deepEqual(Object.keys(script.tasks).sort(), plan.tasks.map(({ title }) => title).sort());
    assert.equal(new Set(plan.tasks.map(({ id }) => id)).size, plan.tasks.length);
  });

  it('does not name other tasks in an agent’s first message', () => {
    const { plan, base } = bookshop;
    for (const task of plan.tasks) {
      const files = task.files.map((path) => {
        const content = base.get(path);
        assert.ok(content !== undefined, `${task.id}: there is no ${path}`);
        return content;
      });
      const shown = [task.description, ...files].join('\n');
      for (const other of plan.tasks) assert.ok(!shown.includes(other.title), `${task.id}: ${other.title}`);
    }
  });

  it('passes its tests before the run, with no task done', async () => {
    const { plan, base } = bookshop;
    assert.match(base.get('package.json') ?? '', /"test": "node --test-reporter=spec tools\/test\.mjs"/);
    assert.equal((await runTest(base, plan.test)).passed, true);
    assert.equal((await runTest(base, plan.verify)).passed, false);
    const verdicts = plan.tasks.map(async (task) => ({ task, ...(await runTest(base, ownTest(task))) }));
    for (const { task, passed, output } of await Promise.all(verdicts)) {
      assert.equal(passed, false, task.id);
      const expected =
        task.agent === 'test' ? /There is no test called/ : /Cannot find module|No module named/;
      assert.match(output, expected, task.id);
    }
  });

  const expected = {
    'isbn-tests': 'tool green',
    search: 'tool red green',
    shelves: 'refused green',
    export: 'tool green',
    'cart-total': 'green',
    'three-for-two': 'tool green',
    'class-set': 'tool green',
    receipt: 'tool green',
    'book-card': 'tried tool green',
    'cart-page': 'tool green',
    'shop-page': 'refused tool green',
    journey: 'tool green',
  };
  it('passes all tests when every task is done, in any order', async () => {
    const { plan } = bookshop;
    const orders = [plan.tasks, backwards(plan.tasks)];
    for (const { tree, outcomes } of await Promise.all(orders.map((tasks) => playAll(bookshop, tasks)))) {
      assert.deepEqual(outcomes, expected);
      for (const command of [plan.test, plan.verify]) {
        const { passed, output } = await runTest(tree, command);
        assert.ok(passed, output);
        assert.doesNotMatch(output, /^waits:/m);
      }
      const site = await runTest(tree, 'npm run site && grep -c "<article" bookshop.html');
      assert.match(site.output, /^12$/m);
    }
  });

  it('has two tasks whose first work conflicts', async () => {
    const [, one, , other] = await bothWorks();
    const output = await inFolder(bookshop.base, async (folder) => {
      const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
      const git = (...args: string[]) =>
        execFileSync('git', [...author, ...args], { cwd: folder, encoding: 'utf8' });
      const commit = async (branch: string, tree: Tree) => {
        git('checkout', '--quiet', '-B', branch, ...(branch === 'base' ? [] : ['base']));
        for (const [path, content] of tree) await writeFile(join(folder, path), content);
        git('add', '--all');
        git('commit', '--quiet', '--no-gpg-sign', '--message', branch);
      };
      git('init', '--quiet');
      await commit('base', bookshop.base);
      await commit('one', one.tree);
      await commit('other', other.tree);
      return spawnSync('git', ['merge-tree', '--write-tree', 'one', 'other'], {
        cwd: folder,
        encoding: 'utf8',
      });
    });
    assert.equal(output.status, 1);
    assert.equal(output.stdout.match(/CONFLICT/g)?.length, 1);
    assert.match(output.stdout, /CONFLICT \(content\): Merge conflict in shop\/offers\/index\.ts/);
  });

  for (const late of ['three-for-two', 'class-set']) {
    it(`settles the conflict when ${late} lands last`, async () => {
      const [one, oneWork, other, otherWork] = await bothWorks();
      const isOne = late === one.id;
      const [lateTask, lateWork] = isOne ? [one, oneWork] : [other, otherWork];
      const [earlyTask, earlyWork] = isOne ? [other, otherWork] : [one, oneWork];
      // The draft after the conflict: what landed, with the work's new file.
      const draft = new Map([...lateWork.tree, ...earlyWork.tree]);
      const { tree, outcomes } = await work(bookshop.script, lateTask, {
        tree: draft,
        messages: reply(lateWork.messages, RESULT_MARKERS.conflict),
        outcomes: [],
      });
      assert.deepEqual(outcomes, ['tool', 'green']);
      assert.ok((await runTest(tree, ownTest(earlyTask))).passed);
    });
  }
});
