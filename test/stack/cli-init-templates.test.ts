import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LANGUAGES, type Language } from '../../src/plan/language-templates.js';
import { PLACEHOLDERS } from '../../src/plan/plan-template.js';
import { testCli, type TestCli } from '../support/cli.js';
import { makeRepository, scratchFolder } from '../support/repository.js';
import { isInstalled, isReachable, skip } from '../support/tool-chain.js';

/** A small repository whose tests pass, the command that its tool chain has, and its registry if it needs one. */
interface Fitting {
  readonly files: Readonly<Record<string, string>>;
  readonly command: string;
  readonly registry?: { readonly page: string; readonly hosts: string };
}

const FITTING: Readonly<Record<Language, Fitting>> = {
  typescript: {
    files: {
      'package.json': '{ "name": "shop", "scripts": { "test": "node --test" } }\n',
      'test/sum.test.mjs':
        "import test from 'node:test';\n\ntest('adds', (t) => t.assert.equal(1 + 2, 3));\n",
    },
    command: 'npm',
  },
  python: {
    files: { 'requirements.txt': '', 'test_sum.py': 'def test_sum():\n    assert 1 + 2 == 3\n' },
    command: 'python3',
    registry: { page: 'https://pypi.org/simple/pytest/', hosts: 'pypi.org,files.pythonhosted.org' },
  },
  go: {
    files: {
      'go.mod': 'module example.com/shop\n\ngo 1.21\n',
      'shop.go': 'package shop\n\nfunc Sum(a, b int) int { return a + b }\n',
      'shop_test.go':
        'package shop\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Fail()\n\t}\n}\n',
    },
    command: 'go',
  },
  rust: {
    files: {
      'Cargo.toml': '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
      'Cargo.lock': 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
      'src/lib.rs': '#[test]\nfn adds() {\n    assert_eq!(1 + 2, 3);\n}\n',
    },
    command: 'cargo',
  },
};

/** Where Debian keeps the certificates that the machine's owner trusts. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

describe('`init --template`', function () {
  // A first compilation takes tens of seconds on a busy machine, and so does a slow registry.
  this.timeout(600_000);
  let cli: TestCli;
  const scratch = scratchFolder();
  before(async () => (cli = await testCli()));
  after(async () => {
    await cli.remove();
    scratch.remove();
  });

  for (const language of LANGUAGES) {
    it(`writes a plan for ${language} that a dry run accepts`, async function () {
      const { files, command, registry } = FITTING[language];
      if (!isInstalled(command)) skip(this, `${command} is not installed`);
      if (registry !== undefined && !(await isReachable(registry.page)))
        skip(this, `${registry.page} is not reachable`);
      const { root } = makeRepository(join(scratch.path, language), files);
      // pip brings certificates of its own, which lack that of a company's proxy.
      const shell = existsSync(CERTIFICATES) ? { PIP_CERT: CERTIFICATES } : {};
      await cli.exits(0, ['init', '--template', language, '--repo', root], shell);
      const file = join(root, 'leadwright.yaml');
      const plan = readFileSync(file, 'utf8');
      assert.match(plan, /^setup: /m);
      await cli.exits(2, ['run', '--dry-run', '--repo', root]);
      const ownTask = plan
        .replace(PLACEHOLDERS.title, 'Sum the cart')
        .replace(/Tell the agent here.*/, 'Prices are in cents.');
      writeFileSync(file, ownTask);
      const ran = await cli.exits(0, ['run', '--dry-run', '--repo', root], {
        ...(registry === undefined ? {} : { LEADWRIGHT_SETUP_ALLOW: registry.hosts }),
        ...shell,
      });
      assert.match(ran.stderr, /testing the base: /);
      assert.doesNotMatch(ran.stderr, /not set here/, 'the plan that `init` wrote brings no warning');
      assert.match(ran.stdout, /^ +1 {2}\S/m);
      assert.match(ran.stdout, /Nothing was started and nothing was spent\.\n$/);
    });
  }
});
