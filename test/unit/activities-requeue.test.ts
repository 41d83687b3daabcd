import assert from 'node:assert/strict';
import fc from 'fast-check';
import { requeueConflict } from '../../src/activities/support/requeue.js';
import { taskId, type CommitSha, type TreeSha } from '../../src/contract/ids.js';
import type { Change } from '../../src/git/store/commit-changes.js';
import { parsePlan } from '../../src/plan/parse-plan.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { AT, useStore, write } from '../support/store.js';

const PATHS = ['a', 'b', 'c', 'd'] as const;
const LINES = Array.from({ length: 12 }, (_, index) => `line ${index}`);
const linesOf = (path: string) => LINES.map((line) => `${path}: ${line}\n`);

/** What one side does to a file: it changes a line, moves the file with such a change, or deletes it. */
type Action =
  { readonly kind: 'edit' | 'move'; readonly line: number } | { readonly kind: 'keep' | 'delete' | 'add' };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('edit' as const), line: fc.constantFrom(2, 9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), line: fc.constantFrom(2, 9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('keep' as const, 'delete', 'add') }) },
);
const side = fc.tuple(action, action, action, action);

const moved = (path: string, who: string) => `${path}-moved-by-${who}`;

function changesOf(actions: readonly Action[], who: string): Change[] {
  return PATHS.flatMap((path, index): Change[] => {
    const act = actions[index] ?? { kind: 'keep' };
    switch (act.kind) {
      case 'keep':
        return [];
      case 'delete':
        return [{ path, delete: true }];
      case 'add':
        return [write(`${path}-new`, `new, by ${who}\n`)];
      case 'edit':
        return [write(path, linesOf(path).with(act.line, `by ${who}\n`).join(''))];
      case 'move':
        return [
          { path, delete: true },
          write(moved(path, who), linesOf(path).with(act.line, `by ${who}\n`).join('')),
        ];
    }
  });
}

const parsed = parsePlan(JSON.stringify({ name: 'p', test: 'true', tasks: [{ id: 'a', title: 'A' }] }));
const plan = parsed.ok ? parsed.plan : assert.fail('the plan is valid');

function recordOf(start: CommitSha, commit: CommitSha, tree: TreeSha) {
  return {
    ...{ taskId: taskId('a'), attempt: 1, turn: 1, title: 'A', explanation: '', testCommand: 'true' },
    ...{
      role: 'backend' as const,
      mayChange: [],
      start,
      commit,
      tree,
      at: AT,
      shown: [],
      servers: [],
      handedIn: [],
    },
    ...{
      landing: null,
      nextStart: null,
      nextDraft: null,
      accepted: false,
      passed: true,
      kind: 'first' as const,
    },
  };
}
describe('the draft after a conflict', () => {
  const { store, imported, commit, text } = useStore();

  it('has what landed, and of the task each change without a conflict, whatever both did', async function () {
    this.timeout(120_000);
    const { base } = await imported(Object.fromEntries(PATHS.map((path) => [path, linesOf(path).join('')])));
    let conflicts = 0;
    await fc.assert(
      fc.asyncProperty(side, side, async (landed, own) => {
        const top = await commit(base, changesOf(landed, 'landed'), 'Landed');
        const work = await commit(base, changesOf(own, 'task'), 'Work');
        const merged = await store().mergeTree(top, work);
        if (merged.kind === 'clean') return;
        conflicts++;
        const conflict = { record: recordOf(base, work, await store().treeOf(work)), top, ...merged };
        const requeue = () => requeueConflict(store(), { base, plan }, createRedactor(), conflict);
        const { draft, start, files, shown, reply } = await requeue();
        assert.equal((await requeue()).draft, draft, 'repeated, it is the same commit');
        assert.equal(start, top);
        if (draft !== top) assert.equal(await store().parentOf(draft), top);
        assert.ok(shown.every((path) => files.includes(path) && reply.includes(JSON.stringify(path))));
        assert.ok(files.every((path) => reply.includes(JSON.stringify(path))));

        const [atBase, atTop, atWork, inDraft] = await Promise.all([base, top, work, draft].map(contents));
        assert.ok(atBase && atTop && atWork && inDraft);
        for (const content of inDraft.values()) assert.doesNotMatch(content, /^(<{7}|={7}|>{7})/m);
        for (const path of files) assert.equal(inDraft.get(path), atTop.get(path), `${path} is as it landed`);
        for (const [index, path] of PATHS.entries()) {
          const [theirs, mine] = [landed[index]?.kind, own[index]?.kind];
          if (files.includes(path)) continue;
          if (mine === 'keep' || mine === 'add') assert.equal(inDraft.get(path), atTop.get(path));
          if (theirs === 'keep' || theirs === 'add') assert.equal(inDraft.get(path), atWork.get(path));
          const target = moved(path, 'task');
          if (mine === 'move' && files.includes(target)) assert.equal(inDraft.get(path), atTop.get(path));
          if (mine === 'move' && theirs === 'keep') assert.equal(inDraft.get(target), atWork.get(target));
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(conflicts > 10, `${conflicts} of the cases were conflicts`);
  });

  async function contents(at: CommitSha): Promise<Map<string, string>> {
    const paths = (await store().listTree(at)).map(({ path }) => path);
    return new Map(
      await Promise.all(paths.map(async (path) => [path, (await text(at, path)) ?? ''] as const)),
    );
  }
});
