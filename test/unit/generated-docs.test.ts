import assert from 'node:assert/strict';
import { currentText, generatedPages, type Page } from '../../scripts/generated-docs.js';

describe('the generated documentation', function () {
  // Loads the module of every command for its help.
  this.timeout(60_000);
  let pages: Page[];
  before(async () => {
    pages = await generatedPages();
  });

  it('is current', async () => {
    for (const page of pages) {
      assert.ok((await currentText(page)) === page.text, `${page.file} is not current: run \`npm run docs\``);
    }
  });

  it('contains every command with its options, and every key of a plan', () => {
    const [commands = '', plan = ''] = pages.map(({ text }) => text);
    for (const part of [
      '## run\n',
      '--max-corrections <n>',
      '(default: 3)',
      '## answer\n',
      'Exit codes:',
      'Examples:',
    ])
      assert.ok(commands.includes(part), part);
    assert.doesNotMatch(commands, /## host\n/);
    for (const key of ['`name`', '`on_blocker`', '`depends_on`', '`generate`', '`input`'])
      assert.match(plan, new RegExp(`^\\| ${key} +\\| .+ \\| .+ \\| .+ \\|$`, 'm'));
  });
});
