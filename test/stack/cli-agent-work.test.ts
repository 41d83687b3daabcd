import assert from 'node:assert/strict';
import { runOf } from '../support/cli.js';
import { makeProject } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

/** Writes `export const total = (a, b) => a + b;` as it should look. */
const FORMAT = `import { readFileSync, writeFileSync } from 'node:fs';
const [path] = process.argv.slice(2);
writeFileSync(path, readFileSync(path, 'utf8').replace(/\\s+/g, ' ').trim() + '\\n');
`;

/** The lock file names the version, the snapshot holds the page, and the source is formatted. */
const CHECK = `import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { page } from '../src/page.mjs';
const snapshot = new URL('./__snapshots__/page.txt', import.meta.url);
if (process.argv.includes('--update')) writeFileSync(snapshot, page() + '\\n');
const version = (path) => JSON.parse(readFileSync(path, 'utf8')).version;
const problems = [];
if (version('package.json') !== '2.0.0') problems.push('the package is not at version 2.0.0');
if (version('package-lock.json') !== version('package.json')) problems.push('the lock file is not current');
if (readFileSync(snapshot, 'utf8') !== page() + '\\n') problems.push('the page differs from its snapshot');
if (/\\n./.test(readFileSync('src/page.mjs', 'utf8'))) problems.push('the source is not formatted');
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
`;

const FILES = {
  'package.json': '{ "name": "pages", "version": "1.0.0" }\n',
  'package-lock.json': `${JSON.stringify(
    {
      name: 'pages',
      version: '1.0.0',
      lockfileVersion: 3,
      requires: true,
      packages: { '': { name: 'pages', version: '1.0.0' } },
    },
    null,
    2,
  )}\n`,
  'src/page.mjs': "export const page = () => 'Old';\n",
  'tools/format.mjs': FORMAT,
  'test/check.mjs': CHECK,
  'test/__snapshots__/page.txt': 'Old\n',
};

const edit = (path: string, search: string, replace: string) => ({
  path,
  action: 'modify',
  edits: [{ search, replace }],
});
const run = (command: string, ...keep: string[]) => ({
  name: 'run_command',
  input: { command, ...(keep.length === 0 ? {} : { keep }) },
});
const read = (path: string) => ({ name: 'read_file', input: { path } });

/** What an engineer does with a shell: tools of the project make files that nobody writes by hand. */
describe('an agent at work on files that tools make', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  it('makes a lock file, a snapshot and formatted source with edits and commands, without a correction', async () => {
    model.answers('Write the new page', [
      { tools: [read('package.json'), read('src/page.mjs')] },
      {
        tools: [
          {
            name: 'edit_files',
            input: {
              files: [
                edit('package.json', '1.0.0', '2.0.0'),
                { path: 'src/page.mjs', action: 'modify', content: "export const page =\n  () => 'New';\n" },
              ],
            },
          },
          run('node test/check.mjs'),
        ],
      },
      {
        tools: [
          run('npm install --package-lock-only --offline --no-audit --no-fund', 'package-lock.json'),
          run('node tools/format.mjs src/page.mjs', 'src/page.mjs'),
          run('node test/check.mjs --update', 'test/__snapshots__/page.txt'),
          run('node test/check.mjs'),
        ],
      },
      { tools: [{ name: 'submit_changes', input: { explanation: 'The new page.' } }] },
    ]);
    const task = {
      ...{ id: 'page', title: 'Write the new page', test: 'node test/check.mjs' },
      may_change: ['test/__snapshots__/**'],
    };
    const { repository, options } = makeProject(scratch.path, 'pages', [task], {
      files: FILES,
      test: 'true',
    });
    const ran = runOf(await cli.exits(0, ['run', ...options, '--id', 'pages', '--json']));
    const [done] = ran.tasks;
    assert.deepEqual([done?.status, done?.attempts, done?.corrections], ['completed', 1, 0]);
    assert.deepEqual(repository.git('diff', '--name-only', ran.base, ran.branch).split('\n'), [
      'package-lock.json',
      'package.json',
      'src/page.mjs',
      'test/__snapshots__/page.txt',
    ]);
    assert.equal(repository.git('show', `${ran.branch}:src/page.mjs`), "export const page = () => 'New';");
    const commands = (await cli.log('pages')).flatMap((event) =>
      event.type === 'command.finished' ? [[event.data.exitCode, event.data.kept]] : [],
    );
    assert.deepEqual(commands, [
      [1, []],
      [0, ['package-lock.json']],
      [0, ['src/page.mjs']],
      [0, ['test/__snapshots__/page.txt']],
      [0, []],
    ]);
  });
});
