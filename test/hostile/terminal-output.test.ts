import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran } from '../support/program.js';
import { submits } from '../support/model.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { makeProject } from '../support/project.js';
import type { TestRepository } from '../support/repository.js';
import { useCli } from '../support/use-cli.js';

/** Sets the clipboard, clears the screen, begins a C1 sequence, reverses and hides text. */
const HOSTILE =
  '\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u009b2J\u202etxt.exe\u2066\u200b\u{e0041}\u2028\u007f\b\rend';
/** The same without what a plan refuses in a title. */
const HOSTILE_LINE = HOSTILE.replace(/\p{Cc}|\u2028/gu, '');
/** What no command may print: every control character but tab and line feed, bidirectional and invisible characters. */
const ACTIVE =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]/u;

const BINARY = join(packageRoot, 'bin', 'leadwright.js');

const quote = (text: string) =>
  [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

/** Files whose patch is not valid UTF-8. */
const BYTES = {
  'latin.txt': Buffer.from('caf\xe9\n', 'latin1'),
  'image.bin': Buffer.from([0, 159, 146, 150, 0, 27, 91, 50, 74]),
};

/** Every text of the run is hostile: the plan's, the model's, the test's, a file's and its name. */
describe('terminal output', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });
  const title = `Title ${HOSTILE_LINE}`;

  let followed: Ran;
  let shop: TestRepository;

  before(async () => {
    const files = { 'a.txt': `${HOSTILE}\n`, 'crlf.txt': 'a\r\nb\r\n', ...BYTES };
    model.answers(title, [
      { text: `Let me think ${HOSTILE}`, tools: [{ name: 'read_file', input: { path: 'a.txt' } }] },
      {
        on: 'tool',
        tools: [
          {
            name: 'submit_changes',
            input: {
              explanation: `Explained ${HOSTILE}`,
              files: [
                { path: 'a.txt', action: 'modify', edits: [{ search: 'end', replace: `broken ${HOSTILE}` }] },
              ],
            },
          },
        ],
      },
    ]);
    model.answers('Good', [
      submits([
        { path: 'good.txt', action: 'create', content: `${HOSTILE}\n` },
        { path: 'crlf.txt', action: 'delete' },
        { path: 'latin.txt', action: 'delete' },
        { path: 'image.bin', action: 'delete' },
      ]),
    ]);
    const { options, repository } = makeProject(
      scratch.path,
      'hostile',
      [
        { id: 'bad', title, description: `Described ${HOSTILE}` },
        { id: 'good', title: 'Good' },
      ],
      {
        files,
        name: `Shop ${HOSTILE_LINE}`,
        test: `printf '${quote(`✘ ${HOSTILE}\n`)}'; ! grep -rq broken . --include=*.txt`,
      },
    );
    const ran = await cli.run(['run', ...options, '--id', 'hostile', '--max-corrections', '0']);
    assert.equal(ran.code, 1, ran.stderr);
    followed = ran;
    shop = repository;
  });

  const assertInert = (what: string, { stdout, stderr }: { stdout: string; stderr: string }) => {
    for (const [stream, text] of Object.entries({ stdout, stderr })) {
      const at = text.search(ACTIVE);
      const near = JSON.stringify(text.slice(Math.max(0, at - 60), at + 20));
      assert.equal(at, -1, `${what} prints an active character on ${stream}: ${near}`);
    }
  };

  it('of a followed run has no active character', () => {
    assertInert('run', followed);
  });

  for (const command of [
    'status',
    'status hostile',
    'show hostile',
    'show hostile bad',
    'show hostile good',
    'diff hostile',
    'diff hostile bad',
    'diff hostile good',
    'events hostile',
    'watch hostile',
    'blockers',
    'blockers hostile',
    'report hostile --format markdown',
    'report hostile --format html --output -',
    'doctor',
  ]) {
    it(`of \`${command}\` has no active character`, async () => {
      const ran = await cli.run(command.split(' '));
      assert.notEqual(ran.stdout, '');
      assertInert(command, ran);
    });
  }

  for (const command of [
    'status --json',
    'status hostile --json',
    'show hostile bad --json',
    'diff hostile good --json',
    'events hostile --json',
    'watch hostile --json',
    'blockers --json',
    'export hostile',
    'report hostile --format markdown --output - --json',
  ]) {
    it(`of \`${command}\` has none either, and stands for the same values`, async () => {
      const ran = await cli.run(command.split(' '));
      assertInert(command, ran);
      const texts = /events|watch|export/.test(command) ? ran.stdout.trimEnd().split('\n') : [ran.stdout];
      for (const text of texts) JSON.parse(text);
      if (command.startsWith('diff')) assert.match(ran.stdout, /\\u202e/);
      const shown: unknown = JSON.parse(texts[0] ?? '');
      if (command === 'diff hostile good --json')
        assert.ok(
          typeof shown === 'object' &&
            shown !== null &&
            'diff' in shown &&
            String(shown.diff).includes(HOSTILE),
        );
    });
  }

  it('shows what it does not print', async () => {
    const { stdout } = await cli.exits(0, ['diff', 'hostile', 'good']);
    assert.ok(
      stdout.includes(
        String.raw`+\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u009b2J\u202etxt.exe\u2066\u200b\udb40\udc41\u2028\u007f\u0008\rend`,
      ),
      stdout,
    );
  });

  it('is the exact patch with --raw', async () => {
    const { stdout } = await cli.exits(0, ['diff', 'hostile', 'good', '--raw']);
    assert.ok(stdout.includes(HOSTILE));
    const patched = spawnSync(
      'sh',
      [
        '-ec',
        '"$0" "$1" diff hostile good --raw | git -C "$2" apply --index -',
        process.execPath,
        BINARY,
        shop.root,
      ],
      { env: { ...cli.env, GIT_CONFIG_NOSYSTEM: '1' }, encoding: 'utf8' },
    );
    assert.equal(patched.status, 0, patched.stderr);
    assert.equal(shop.git('write-tree'), shop.git('rev-parse', 'leadwright/hostile^{tree}'));
  });

  it('refuses to write the exact patch to a terminal', function () {
    if (spawnSync('script', ['--version']).status !== 0) return this.skip();
    const typed = `'${process.execPath}' '${BINARY}' diff hostile good`;
    const onTerminal = (command: string) =>
      spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
        env: cli.env,
        encoding: 'utf8',
      });
    const raw = onTerminal(`${typed} --raw`);
    assert.equal(raw.status, 2, raw.stdout);
    assert.match(raw.stdout, /--raw.*terminal.*> changes\.patch/);
    assert.ok(!raw.stdout.includes(']52'));
    const shown = onTerminal(typed);
    assert.equal(shown.status, 0);
    assert.equal(shown.stdout.replaceAll('\r\n', '\n').search(ACTIVE), -1);
  });

  it('refuses --raw with --json', async () => {
    await cli.exits(2, ['diff', 'hostile', '--raw', '--json']);
  });

  it('has no active character when a plan, an option or a file name is refused', async () => {
    const plan = join(scratch.path, 'refused.yaml');
    writeFileSync(plan, `"na\\eme \\u202e": 1\ntasks: [{ id: "a\\e[2J", title: "x\\u009b" }]\n`);
    for (const args of [
      ['run', '--repo', scratch.path, '--plan', plan],
      ['run', '--plan', `${plan}${HOSTILE}`],
      ['run', `--${HOSTILE}`],
      [`status${HOSTILE}`],
      ['status', HOSTILE],
      ['show', 'hostile', HOSTILE],
      ['run', '--id', HOSTILE, '--json'],
    ]) {
      const ran = await cli.run(args);
      assert.notEqual(ran.code, 0, args.join(' '));
      assertInert(JSON.stringify(args), ran);
    }
  });

  it('of the stack and its workers has no active character in a log', () => {
    const ran = spawnSync('grep', ['-rlP', '\\x1b|\\x{9b}|\\x{202e}', join(cli.home, 'logs')], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    assert.equal(ran.stdout, '');
  });
});
