import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { isPlan } from '../../src/protection/plan-files.js';
import { planTemplate } from '../../src/plan/plan-template.js';

const TASK = { id: 'a', title: 'A' };

describe('a plan under any name', () => {
  const plans: readonly (readonly [string, string])[] = [
    ['in JSON', JSON.stringify({ name: 'shop', test: 'npm test', tasks: [TASK] })],
    [
      'whose tasks have tests of their own',
      JSON.stringify({ name: 'a', tasks: [{ ...TASK, test: 'true' }] }),
    ],
    [
      'with an alias',
      'name: shop\ntasks:\n  - { id: a, title: A, test: &t npm test }\n  - { id: b, title: B, test: *t }\n',
    ],
    [
      'with any value',
      'name: shop\ntest: true\nconcurrency: many\ntasks: [{ id: 1, title: A, priority: x }]\n',
    ],
  ];
  for (const [what, text] of plans) {
    it(`is recognised: ${what}`, () => {
      assert.equal(isPlan(text), true);
    });
  }

  it('is recognised as the example and the template have it', async () => {
    assert.equal(isPlan(await readFile('examples/bookshop/leadwright.yaml', 'utf8')), true);
    assert.equal(isPlan(planTemplate({ name: 'shop', test: 'npm test' })), true);
  });

  const others: readonly (readonly [string, string])[] = [
    ['tasks without a test', JSON.stringify({ name: 'demo', tasks: [TASK] })],
    ['tasks with other keys', JSON.stringify({ name: 'demo', test: 'x', tasks: [{ ...TASK, done: true }] })],
    ['a playbook', '- name: shop\n  tasks:\n    - name: install\n'],
    ['tasks of an editor', JSON.stringify({ version: '2.0.0', tasks: [{ label: 'a', command: 'b' }] })],
    ['a program', 'export const tasks = [];\n'],
    ['no task', 'name: shop\ntest: npm test\ntasks: []\n'],
    ['nothing', ''],
  ];
  for (const [what, text] of others) {
    it(`is not taken for: ${what}`, () => {
      assert.equal(isPlan(text), false);
    });
  }
});
