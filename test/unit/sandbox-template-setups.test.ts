/** The set-ups that `init` writes, run in the real sandbox as a run would. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { languageTemplate, type Language } from '../../src/plan/language-templates.js';
import { runOnCommit, type CommitRun } from '../../src/sandbox/run-on-commit.js';
import { chooseRunner } from '../../src/sandbox/runners/choose-runner.js';
import { isInstalled, isReachable, skip } from '../support/tool-chain.js';
import { scaffold, sourceOf, type Files, type Scaffold } from './sandbox-support.js';

/** The tests call a function that a task has yet to write. */
const PROJECTS: Readonly<Record<'go' | 'rust', { readonly base: Files; readonly done: Files }>> = {
  go: {
    base: {
      'go.mod': 'module example.com/shop\n\ngo 1.21\n',
      'shop.go': 'package shop\n',
      'shop_test.go':
        'package shop\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Fail()\n\t}\n}\n',
    },
    done: { 'shop.go': 'package shop\n\nfunc Sum(a, b int) int { return a + b }\n' },
  },
  rust: {
    base: {
      'Cargo.toml': '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
      'Cargo.lock': 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
      'tests/sum.rs': '#[test]\nfn adds() {\n    assert_eq!(shop::sum(1, 2), 3);\n}\n',
    },
    done: { 'src/lib.rs': 'pub fn sum(a: i32, b: i32) -> i32 {\n    a + b\n}\n' },
  },
};

/** Projects whose set-up installs a package from a registry: its hosts, and a page of it that answers when it is reachable. */
const INSTALLED = {
  python: {
    files: { 'requirements.txt': '', 'test_sum.py': 'def test_sum():\n    assert 1 + 2 == 3\n' },
    command: 'python3',
    hosts: ['pypi.org', 'files.pythonhosted.org'],
    page: 'https://pypi.org/simple/pytest/',
  },
  typescript: {
    files: {
      'package.json': JSON.stringify({
        ...{ name: 'shop', version: '1.0.0', dependencies: { isarray: '2.0.5' } },
        scripts: { test: `node -e "process.exit(require('isarray')([]) ? 0 : 1)"` },
      }),
      'package-lock.json': JSON.stringify({
        ...{ name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true },
        packages: {
          '': { name: 'shop', version: '1.0.0', dependencies: { isarray: '2.0.5' } },
          'node_modules/isarray': { version: '2.0.5' },
        },
      }),
    },
    command: 'npm',
    hosts: ['registry.npmjs.org'],
    page: 'https://registry.npmjs.org/isarray',
  },
} as const;

/** Where Debian keeps the certificates that the machine's owner trusts. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

describe('the set-up of a template', () => {
  let at: Scaffold;
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(() => at.remove());

  /** Runs a template's test after its set-up; null without a sandbox. */
  async function run(language: Language, files: Files, allow = ''): Promise<CommitRun | null> {
    const { setup, test, env: variables } = languageTemplate(language, Object.keys(files), null);
    const env = {
      ...process.env,
      LEADWRIGHT_HOME: at.folder,
      LEADWRIGHT_SANDBOX: 'require',
      LEADWRIGHT_SETUP_ALLOW: allow,
      // The machine's own: pip brings certificates of its own, which lack that of a company's proxy.
      ...(existsSync(CERTIFICATES) ? { PIP_CERT: CERTIFICATES } : {}),
    };
    const runner = await chooseRunner(env).catch(() => null);
    if (runner === null) return null;
    // A first compilation takes tens of seconds on a busy machine, and so does a slow registry.
    const timeoutMs = 240_000;
    return runOnCommit(
      at.request(sourceOf(files), test, {
        runner,
        setup: { ...at.setup(setup), network: true, timeoutMs },
        environment: { host: env, allow: variables },
        timeoutMs,
      }),
    );
  }

  for (const [language, command] of [
    ['go', 'go'],
    ['rust', 'cargo'],
  ] as const) {
    it(`leaves it to the test to judge ${language} tests of code that is yet to be written`, async function () {
      this.timeout(600_000);
      if (!isInstalled(command)) skip(this, `${command} is not installed`);
      const { base, done } = PROJECTS[language];
      const before = await run(language, base);
      if (before === null) return skip(this, 'there is no sandbox');
      assert.deepEqual(
        [before.stage, before.verdict.passed, /sum/i.test(before.result.output)],
        ['command', false, true],
        before.result.output,
      );
      // Files have the time at which they are unpacked, in whole seconds, and cargo goes by times.
      await delay(1_000);
      const after = await run(language, { ...base, ...done });
      assert.equal(after?.verdict.passed, true, after?.result.output);
    });
  }

  for (const language of ['python', 'typescript'] as const) {
    it(`installs the packages of ${language} for its test, which has no network`, async function () {
      this.timeout(600_000);
      const { files, command, hosts, page } = INSTALLED[language];
      if (!isInstalled(command)) skip(this, `${command} is not installed`);
      if (!(await isReachable(page))) skip(this, `${hosts[0]} is not reachable`);
      // By name, because a mirror of the registry may have an address that is not public.
      const ran = await run(language, files, hosts.join(','));
      if (ran === null) return skip(this, 'there is no sandbox');
      assert.deepEqual([ran.stage, ran.verdict.passed], ['command', true], ran.result.output);
    });
  }
});
