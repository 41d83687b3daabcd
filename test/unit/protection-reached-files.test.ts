import assert from 'node:assert/strict';
import { makeGoals } from '../../src/protection/makefile.js';
import { findReachedFiles } from '../../src/protection/reached-files.js';

interface Commands {
  readonly test?: string;
  readonly setup?: string;
  /** A script that the test command calls. */
  readonly script?: string;
}

/** The paths that commands reach; those that need not exist yet end with `?`. */
async function reach(
  { test, setup, script }: Commands,
  files: Readonly<Record<string, string>>,
  submitted: readonly string[] = [],
): Promise<string[]> {
  const commands = [
    ...(test === undefined ? [] : [{ text: test, isSetup: false, isDirect: true }]),
    ...(script === undefined ? [] : [{ text: script, isSetup: false, isDirect: false }]),
    ...(setup === undefined ? [] : [{ text: setup, isSetup: true, isDirect: false }]),
  ];
  const found = await findReachedFiles(commands, submitted, {
    exists: (path) => Promise.resolve(Object.hasOwn(files, path)),
    read: (path) => Promise.resolve(files[path] ?? null),
    list: (folder) =>
      Promise.resolve(
        Object.keys(files).filter((path) => path.slice(0, Math.max(0, path.lastIndexOf('/'))) === folder),
      ),
  });
  return [...found].map(([path, { isOpen }]) => `${path}${isOpen ? '?' : ''}`).sort();
}

describe('files that commands reach', () => {
  const table: [string, Commands, Record<string, string>, string[]][] = [
    [
      'the variables that a program reads unasked',
      { test: 'pipenv run pytest' },
      { '.env': '' },
      ['.env', '.env.local?', '.env.test.local?', '.env.test?'],
    ],
    [
      'the variables that a program loads with the tests',
      { test: 'mocha -r dotenv/config' },
      { '.env': '' },
      ['.env', '.env.local?', '.env.test.local?', '.env.test?'],
    ],
    ['no variables for other programs', { test: 'pytest && pipenv check' }, { '.env': '' }, []],
    ['no variables for an installation', { test: 'npm i dotenv && mocha' }, { '.env': '' }, []],
    ['a script of the shell', { test: 'sh ./all.sh' }, { 'all.sh': '' }, ['all.sh']],
    ['not the program that a person names', { test: 'node src/a.js' }, { 'src/a.js': '' }, []],
    ['not a tool that a person names', { test: 'node tools/a.js' }, { 'tools/a.js': '' }, []],
    ['a tool that a script names', { script: 'node tools/a.js' }, { 'tools/a.js': '' }, ['tools/a.js']],
    ['not a program that a script names', { script: 'node src/a.js' }, { 'src/a.js': '' }, []],
    ['each program of the set-up', { setup: 'node src/a.js' }, { 'src/a.js': '' }, ['src/a.js']],
    [
      'what is found first under a name without extension',
      { setup: 'node gen' },
      { 'gen.cjs': '' },
      ['gen.cjs', 'gen.js?', 'gen?'],
    ],
    [
      'a module of Python',
      { setup: 'python3 -m tools.gen' },
      { 'tools/gen.py': '' },
      ['tools/gen.py', 'tools/gen/__init__.py?', 'tools/gen/__main__.py?'],
    ],
    [
      'scripts that scripts call, through variables',
      { test: 'bash ci/run.sh' },
      { 'ci/run.sh': '. "$(dirname "$0")/lib.sh"\n"$ROOT/ci/last.sh"', 'ci/lib.sh': '', 'ci/last.sh': '' },
      ['ci/last.sh', 'ci/lib.sh', 'ci/run.sh'],
    ],
    [
      'scripts that call each other',
      { test: 'sh a.sh' },
      { 'a.sh': 'sh b.sh', 'b.sh': 'sh a.sh' },
      ['a.sh', 'b.sh'],
    ],
    [
      'a Makefile of another folder, for its goal',
      { test: 'make -C web check' },
      { 'web/Makefile': 'all:\n\tsh other.sh\ncheck:\n\tsh one.sh\n', 'web/one.sh': '', 'web/other.sh': '' },
      ['web/one.sh'],
    ],
    [
      'other goals at set-up',
      { test: 'make check', setup: 'make deps' },
      { Makefile: 'deps:\n\t@sh deps.sh\ncheck:\n\t-sh one.sh\n', 'one.sh': '', 'deps.sh': '' },
      ['deps.sh', 'one.sh'],
    ],
    [
      'a plug-in of pytest',
      { test: 'pytest' },
      { 'conftest.py': 'pytest_plugins = ["tools.plugin"]', 'tools/plugin.py': '' },
      ['tools/plugin.py', 'tools/plugin/__init__.py?', 'tools/plugin/__main__.py?'],
    ],
    [
      'the set-up of a runner',
      { test: 'jest' },
      {
        'jest.config.js': "module.exports = { setupFiles: ['<rootDir>/support/a.js'], roots: ['src/b.js'] }",
        'support/a.js': '',
        'src/b.js': '',
      },
      ['support/a.js'],
    ],
    [
      'not what a bundler builds',
      { test: 'vitest' },
      {
        'vite.config.js':
          "export default { build: { lib: { entry: 'src/a.js' } }, plugins: [a('./src/a.js')] }",
        'src/a.js': '',
      },
      [],
    ],
    ['a program that it starts by its path', { test: 'bin/rspec spec' }, { 'bin/rspec': '' }, ['bin/rspec']],
    [
      'programs behind settings and other words',
      { test: 'A="1 2" exec env -u B ./mach test 2>&1 && ! sh run all || time "tools/x.y" | cat' },
      { mach: '', run: '', 'tools/x.y': '' },
      ['mach', 'run'],
    ],
    [
      'a program that a recipe of make starts',
      { test: 'make' },
      { Makefile: 'test:\n\t@./judge all\n', judge: '' },
      ['judge'],
    ],
    [
      'not a program whose output another one judges',
      { test: './greet | grep -q hello && bin/greet > out && test "$(./greet)" = hello' },
      { greet: '', 'bin/greet': '' },
      [],
    ],
    ['not a program that the task may write first', { test: './greet && bin/greet --check' }, {}, []],
    [
      'an interpreter or a runner that the set-up makes',
      { test: '.venv/bin/python -m unittest | cat; tools/bin/mocha' },
      {},
      ['.venv/bin/python3?', '.venv/bin/python?', 'tools/bin/mocha?'],
    ],
    [
      'a program that a build makes',
      { test: 'make && ./build/test_calc' },
      { Makefile: '' },
      ['build/test_calc?'],
    ],
    [
      'files that a Makefile includes through its variables',
      { test: 'make' },
      {
        Makefile:
          'DIR := mk\nDEPS ?= $(DIR)/local.mk\nDEPS += ${DIR}/more.mk \\\n  $(UNKNOWN)\n-include $(DEPS)\ninclude $(DIR)/base.mk\n',
        'mk/base.mk': '',
      },
      ['mk/base.mk', 'mk/local.mk?', 'mk/more.mk?'],
    ],
    [
      'a Makefile’s includes whose names it computes from others',
      { test: 'make' },
      {
        Makefile:
          'OBJS = calc.o\nSRCS = a.c\n-include $(OBJS:.o=.d)\n-include $(patsubst %.c,mk/%.mk,$(SRCS)) $(wildcard more.mk)\n',
      },
      ['calc.d?', 'mk/a.mk?', 'more.mk?'],
    ],
    [
      'a file that a script reads if it is there',
      { script: 'if [ -f ./local.sh ]; then . ./local.sh; fi' },
      {},
      ['local.sh?'],
    ],
    ['not a file outside of the repository', { test: 'sh ../../a.sh' }, { 'a.sh': '' }, []],
    [
      'not what another program does to a file',
      { test: 'test -f src/a.js && rm -r src/a.js' },
      { 'src/a.js': '' },
      [],
    ],
  ];
  for (const [what, commands, files, expected] of table) {
    it(`are ${what}`, async () => assert.deepEqual(await reach(commands, files), expected));
  }

  it('are all that match a pattern which a Makefile includes or a script loops through, new ones too', async () => {
    const files = { 'mk/rules.mk': '', 'checks/a.sh': '', 'checks/a.txt': '', 'other.sh': '' };
    const submitted = ['checks/new.sh', 'mk/new.mk', 'new.sh'];
    assert.deepEqual(await reach({ test: 'make' }, { ...files, Makefile: 'include mk/*.mk\n' }, submitted), [
      'mk/new.mk?',
      'mk/rules.mk',
    ]);
    const loop = 'for each in checks/*.sh; do sh "$each" || exit 1; done';
    assert.deepEqual(await reach({ script: loop }, files, submitted), ['checks/a.sh', 'checks/new.sh?']);
    assert.deepEqual(
      await reach({ test: loop }, files, submitted),
      [],
      'of the plan: it may be what a task is about',
    );
  });

  it('are new files named like literal targets of make, whatever other targets are', async () => {
    const rules = 'tests/prog: tests/prog.c\n\t$(CC) -o $@ $^\ntest:\n\tsh checks/run.sh\nall: test\n';
    const submitted = ['test', 'tests/prog', 'all'];
    const reached = async (more: string) =>
      (
        await reach({ test: 'make test' }, { Makefile: `${rules}${more}`, 'tests/prog.c': '' }, submitted)
      ).filter((path) => path.endsWith('?'));
    assert.deepEqual(await reached(''), ['test?']);
    assert.deepEqual(await reached('$(BIN): a.txt\n%.o: %.c\n'), ['test?']);
    assert.deepEqual(
      await reached('test: $(PROGRAMS)\n.PHONY: all\n'),
      ['test?', 'tests/prog?'],
      'it may need any',
    );
    assert.deepEqual(await reached('.PHONY: $(GOALS)\n'), [], 'any of them may be phony');
  });

  it('are bounded, whatever a repository names', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`s${index}.sh`, `sh s${index + 1}.sh\n`]),
    );
    const found = await reach({ test: 'sh s0.sh' }, files);
    assert.ok(found.length > 100 && found.length < 300);
    const options = 'mocha --require ./a '.repeat(100_000);
    assert.deepEqual(await reach({ test: options }, {}), []);
    // Texts on which a pattern that backtracks would take minutes: the test would time out.
    for (const unit of [
      'file: [',
      '\n',
      'a: ',
      'a: a\n',
      '-r',
      'a'.repeat(50),
      'pytest_plugins = (',
      "require: '",
      '{ import: {',
      'A = $(A)$(A)\ninclude $(A)\n',
      'env ',
      'A="',
    ]) {
      const text = unit.repeat(200_000 / unit.length);
      await reach(
        { test: 'make && pip install -r a.txt && mocha --config b.json' },
        { Makefile: text, 'a.txt': text, 'b.json': text, 'conftest.py': text, '.mocharc.yml': text },
      );
    }
  });
});

describe('the lines of a Makefile for a goal', () => {
  const MAKEFILE =
    'A = 1\nall: one two ; echo all\none:\n\techo one\ntwo: three\n\tmake four\nthree four:\n\techo $@\nlast:\n\techo last\n';
  it('are those of its first target without one, with all that these need', () => {
    const lines = makeGoals(MAKEFILE, ['make']).lines;
    for (const each of ['A = 1', 'echo all', 'echo one', 'make four', 'echo $@'])
      assert.ok(lines.includes(each), each);
    assert.ok(!lines.includes('last'));
  });
  it('are those of the goals that a command names', () => {
    assert.equal(makeGoals(MAKEFILE, ['make', 'last']).lines, 'A = 1\n\n\techo last');
  });
  it('are all when a target is computed', () => {
    const computed = `${MAKEFILE}$(NAMES):\n\techo name\n`;
    assert.equal(makeGoals(computed, ['make', 'last']).lines, computed);
  });
});
