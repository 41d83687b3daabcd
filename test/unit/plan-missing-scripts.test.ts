import assert from 'node:assert/strict';
import { taskId } from '../../src/contract/ids.js';
import { missingScriptWarnings } from '../../src/plan/missing-scripts.js';
import { scriptNamesIn } from '../../src/protection/test-command.js';

const SCRIPTS = scriptNamesIn(
  JSON.stringify({ scripts: { test: 'node --test', check: 'tsc', 'test:cart': '' } }),
);
const NONE = { setup: null, verify: null };

describe('the warning about scripts that package.json does not have', () => {
  it('names the command, the script and a similar one', () => {
    assert.deepEqual(missingScriptWarnings({ ...NONE, verify: 'npm ci && npm run chekc' }, [], SCRIPTS), [
      '`verify` (npm ci && npm run chekc) cannot run unless a task changes that: package.json has no script chekc at the base; did you mean "check"?',
    ]);
  });

  it('names each test once', () => {
    const tasks = ['a', 'b', 'c'].map((id) => ({ id: taskId(id), test: 'pnpm run unit' }));
    const [warning, ...more] = missingScriptWarnings(NONE, tasks, SCRIPTS);
    assert.match(warning ?? '', /^the test of the task a and of 2 more \(pnpm run unit\)/);
    assert.deepEqual(more, []);
  });

  it('says that there is no package.json', () => {
    const warnings = missingScriptWarnings({ ...NONE, verify: 'npm test' }, [], null);
    assert.match(warnings.join(), /there is no package\.json at the base$/);
  });

  for (const command of [
    'npm test',
    'npm run test:cart -- --bail',
    'yarn run check',
    'cd web && npm run build',
    'npm --prefix web run build',
    'npm run build -w web',
    'npm run build --if-present',
    'npm run',
    'make check',
    'echo npm run nothing',
    './npm run nothing',
    'yarn build',
  ]) {
    it(`does not come for ${command}`, () => {
      assert.deepEqual(missingScriptWarnings({ ...NONE, verify: command }, [], SCRIPTS), []);
    });
  }
});
