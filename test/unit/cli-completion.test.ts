import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completionScript, SHELLS, type CompletedCommand } from '../../src/cli/completion-scripts.js';

const COMMANDS: readonly CompletedCommand[] = [
  {
    name: 'show',
    description: "a run's tasks: [all]",
    options: [{ flag: '--json', description: "JSON, $HOME isn't expanded", values: null }],
    kinds: ['runs', 'tasks'],
  },
  {
    name: 'status',
    description: 'list',
    options: [
      { flag: '--sort', description: 'sort', values: ['age', 'cost'] },
      { flag: '--of', description: 'of', values: 'runs' },
    ],
    kinds: ['runs'],
  },
];

/** What bash offers for a line; `leadwright complete` is a stand-in. */
function offered(...words: readonly string[]): string[] {
  const line = `COMP_LINE='${words.join(' ')}'; COMP_POINT=\${#COMP_LINE}`;
  const standIn =
    'leadwright() { [ "$2" = runs ] && echo "shop-1 shop-2"; [ "$2" = tasks ] && echo "cart-of-$3"; }';
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '--norc',
      '-c',
      `${standIn}\n${completionScript('bash', COMMANDS)}\n${line}; _leadwright; echo "\${COMPREPLY[@]}"`,
    ],
    { encoding: 'utf8' },
  );
  assert.equal(stderr, '');
  return stdout.trim().split(' ');
}

describe('shell completion', () => {
  it('completes commands, options, runs and tasks in bash', () => {
    assert.deepEqual(offered('leadwright', 's'), ['show', 'status']);
    assert.deepEqual(offered('leadwright', 'show', '--'), ['--json']);
    assert.deepEqual(offered('leadwright', 'show', 'shop'), ['shop-1', 'shop-2']);
    assert.deepEqual(offered('leadwright', 'show', '--json', 'shop-1', ''), ['cart-of-shop-1']);
  });

  it('completes the values of options in bash', () => {
    assert.deepEqual(offered('leadwright', 'status', '--sort', ''), ['age', 'cost']);
    assert.deepEqual(offered('leadwright', 'status', '--sort', 'c'), ['cost']);
    assert.deepEqual(offered('leadwright', 'status', '--of', 'shop-2'), ['shop-2']);
  });

  it('completes an id with colons in bash, at which bash breaks words', function () {
    const answer: CompletedCommand = { name: 'answer', description: '', options: [], kinds: ['blockers'] };
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-bash-'));
    const script = join(folder, 'script');
    const standIn =
      'leadwright() { if [ "$1 $2" = "complete blockers" ]; then echo shop-1:cart:tests:2; echo shop-2:pay:asked:1; else echo "ran $*."; fi; }';
    writeFileSync(script, `${standIn}\n${completionScript('bash', [answer])}`);
    const typed = ['shop-1', 'shop-1:c', 'shop-1:cart:', 'shop-2:pay:asked:1'];
    // `script` gives bash a terminal.
    const { error, stdout } = spawnSync(
      'script',
      ['--quiet', '--command', 'bash --norc --noprofile -i', '/dev/null'],
      {
        input: [`source ${script}`, ...typed.map((id) => `leadwright answer ${id}\t`), 'exit', ''].join('\n'),
        encoding: 'utf8',
      },
    );
    rmSync(folder, { recursive: true });
    // The command is not installed on this machine.
    if (error !== undefined) this.skip();
    assert.deepEqual(
      [...stdout.matchAll(/^ran answer (\S+?) ?\.\r?$/gm)].map(([, id]) => id),
      ['shop-1:cart:tests:2', 'shop-1:cart:tests:2', 'shop-1:cart:tests:2', 'shop-2:pay:asked:1'],
      stdout,
    );
  });

  it('completes in zsh from a file of $fpath at the first use', function () {
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-zsh-'));
    writeFileSync(join(folder, '_leadwright'), completionScript('zsh', COMMANDS));
    // Stand-ins for what zsh has only in its line editor.
    const line = `_describe() { print -r -- "$1: \${(P)2}" }; compadd() { print -r -- "\${(P)2}" }
      fpath=(${folder} $fpath); autoload -U _leadwright
      words=(leadwright s); CURRENT=2; _leadwright
      words=(leadwright status --sort ''); CURRENT=4; _leadwright`;
    const { error, stdout, stderr } = spawnSync('zsh', ['-f', '-c', line], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    // The shell is not installed on this machine.
    if (error !== undefined) this.skip();
    assert.deepEqual(
      [stdout.trim(), stderr],
      ["command: show:a run's tasks: [all] status:list\nage cost", ''],
    );
  });

  it('completes commands, options, runs and tasks in fish', function () {
    const standIn =
      'function leadwright; switch "$argv[2]"; case runs; echo shop-1; echo shop-2; case tasks; echo cart-of-$argv[3]; end; end';
    const asked = ['s', 'show --', 'show shop', 'show shop-1 cart', 'status --sort ', 'status --of shop-1'];
    const questions = asked.map((line) => `complete -C 'leadwright ${line}'; echo`).join('\n');
    const { error, stdout, stderr } = spawnSync(
      'fish',
      ['--no-config', '-c', `${standIn}\n${completionScript('fish', COMMANDS)}\n${questions}`],
      { encoding: 'utf8' },
    );
    // The shell is not installed on this machine.
    if (error !== undefined) this.skip();
    const [commands, options, runs, tasks, values, ofRuns] = stdout.split('\n\n');
    assert.deepEqual([values, ofRuns?.trim()], ['age\tsort\ncost\tsort', 'shop-1\tof']);
    assert.deepEqual(
      [commands, options, runs, tasks?.trim(), stderr],
      [
        "show\ta run's tasks: [all]\nstatus\tlist",
        "--json\tJSON, $HOME isn't expanded",
        'shop-1\nshop-2',
        'cart-of-shop-1',
        '',
      ],
    );
  });

  for (const shell of SHELLS) {
    it(`makes a script that ${shell} can read`, function () {
      const folder = mkdtempSync(join(tmpdir(), 'leadwright-completion-'));
      // fish reads no script from a pipe without executing it.
      const file = join(folder, 'script');
      writeFileSync(file, completionScript(shell, COMMANDS));
      const { error, status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      rmSync(folder, { recursive: true });
      // The shell is not installed on this machine.
      if (error !== undefined) this.skip();
      assert.equal(status, 0, stderr);
    });
  }
});
