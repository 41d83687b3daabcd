import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '../../src/shared/config.js';
import { testCli, type TestCli } from '../support/cli.js';
import { makeRepository, scratchFolder, type TestRepository } from '../support/repository.js';
import { differences, snapshot } from '../support/snapshot.js';

/** Commands that look at the code of a repository, without a run and without a stack. */
describe('the command line shows the code', function () {
  this.timeout(60_000);
  const scratch = scratchFolder();
  let cli: TestCli;
  let repository: TestRepository;
  before(async () => {
    cli = await testCli();
    repository = makeRepository(join(scratch.path, 'shop'), {
      'src/cart.ts': 'export class Cart {\n  total = (): number => 1;\n}\n',
      'src/main.py': 'from cart import Cart\nCart().total()\n',
      '.env': 'Cart=1\n',
    });
    repository.git('tag', 'v1');
    repository.commit({ 'src/cart.ts': 'export class Basket {}\n', '-': 'a file\n' });
  });
  after(async () => {
    await cli.remove();
    scratch.remove();
  });

  const symbol = (...args: readonly string[]) => cli.run(['symbol', '--repo', repository.root, ...args]);
  const found = async (...args: readonly string[]): Promise<unknown> => {
    const ran = await symbol('--json', ...args);
    assert.equal(ran.code, 0, ran.stderr);
    return JSON.parse(ran.stdout);
  };

  it('finds a name at HEAD and at any commit, as JSON', async () => {
    assert.deepEqual(await found('Cart', '--at', 'v1'), {
      definitions: [{ path: 'src/cart.ts', line: 1, kind: 'class', name: 'Cart' }],
      references: [
        { path: 'src/main.py', line: 1 },
        { path: 'src/main.py', line: 2 },
      ],
    });
    for (const rev of ['HEAD~1', repository.git('rev-parse', 'v1'), 'main^'])
      assert.deepEqual(await found('total', '--at', rev), {
        definitions: [{ path: 'src/cart.ts', line: 2, kind: 'method', name: 'total' }],
        references: [{ path: 'src/main.py', line: 2 }],
      });
    assert.deepEqual(await found('Basket'), {
      definitions: [{ path: 'src/cart.ts', line: 1, kind: 'class', name: 'Basket' }],
      references: [],
    });
  });

  it('prints it for people', async () => {
    const { code, stdout } = await symbol('Cart', '--at', 'v1');
    assert.equal(code, 0);
    assert.equal(
      stdout,
      'Defined:\n  src/cart.ts:1-3  class Cart\nUsed:\n  src/main.py:1\n  src/main.py:2\n',
    );
  });

  it('says that nothing has a name', async () => {
    assert.deepEqual(await found('Nothing'), { definitions: [], references: [] });
    const { code, stdout, stderr } = await symbol('Nothing');
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /Nothing is called "Nothing" in .* at [0-9a-f]{12}\./);
  });

  it('refuses what is no commit and no repository', async () => {
    for (const rev of ['nosuch', '--all', 'v1:src', 'v1^{tree}', 'HEAD..v1', '']) {
      const { code, stderr } = await symbol('Cart', `--at=${rev}`);
      assert.equal(code, 2, `${rev}: ${stderr}`);
      assert.match(stderr, /has no commit/);
    }
    const { code } = await cli.run(['symbol', 'Cart', '--repo', scratch.path]);
    assert.equal(code, 3);
    assert.equal((await cli.run(['symbol'])).code, 2);
  });

  it('starts no process that stays, and writes nothing but its cache', async () => {
    const before = snapshot(repository.root);
    await found('Basket');
    assert.deepEqual(differences(before, snapshot(repository.root)), []);
    assert.deepEqual(cli.processes(), []);
    assert.equal(existsSync(homePaths(cli.home).codeIndex), true);
    assert.deepEqual(readdirSync(cli.home), ['cache']);
  });
});
