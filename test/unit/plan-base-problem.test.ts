import assert from 'node:assert/strict';
import { baseProblem } from '../../src/plan/base-problem.js';
import { describeRefusal } from '../../src/sandbox/setup-network/egress-rules.js';
import { summariseInOneLine } from '../../src/results/test-summary.js';

const RED = {
  key: 'test',
  command: 'npm test',
  failedSetup: false,
  notFound: false,
  summary: 'exit code 1',
  output: '',
} as const;
const NO_SETUP = { setup: null, network: 'none' } as const;

describe('why a run cannot start from its base', () => {
  it('names a set-up that failed, not the test, and the network that it lacks', () => {
    const found = { ...RED, failedSetup: true, summary: 'set-up (npm ci): exit code 1: no route' };
    const problem = baseProblem({ setup: 'npm ci', network: 'none' }, found, ['package-lock.json']);
    assert.equal(problem.code, 'setup_failed');
    assert.equal(problem.message, 'The set-up (npm ci) failed, so nothing was tested: exit code 1: no route');
    assert.match(problem.fix, /network: setup/);
    const open = baseProblem({ setup: 'npm ci', network: 'setup' }, found, []);
    assert.doesNotMatch(open.fix, /network: setup/);
  });

  it('says what a set-up needs that does not trust the certificate of a server', () => {
    const open = { setup: 'npm ci', network: 'setup' } as const;
    for (const output of [
      'npm error code SELF_SIGNED_CERT_IN_CHAIN',
      'npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))",
      'fatal: unable to access: server certificate verification failed: SSL certificate problem: unable to get local issuer certificate',
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'invalid peer certificate: UnknownIssuer',
    ]) {
      const found = { ...RED, failedSetup: true, output };
      assert.match(baseProblem(open, found, []).fix, /under `env` in the plan: NODE_EXTRA_CA_CERTS/, output);
    }
    const other = { ...RED, failedSetup: true, output: 'npm error code E404' };
    assert.doesNotMatch(baseProblem(open, other, []).fix, /certificate/);
  });

  it('suggests a set-up when packages are missing and a lock file tells how to install them', () => {
    for (const found of [
      { ...RED, notFound: true },
      { ...RED, output: "Error: Cannot find module 'tsx'" },
      { ...RED, output: "ModuleNotFoundError: No module named 'requests'" },
    ]) {
      assert.match(baseProblem(NO_SETUP, found, ['package-lock.json']).fix, /`setup: npm ci`/);
      assert.doesNotMatch(baseProblem(NO_SETUP, found, ['a.txt']).fix, /setup:/);
    }
  });

  it('suggests a set-up for a Python package without a lock file, and to test with it', () => {
    const found = { ...RED, command: 'pytest', output: "ModuleNotFoundError: No module named 'shop'" };
    const paths = ['pyproject.toml', 'src/shop/__init__.py'];
    const { fix } = baseProblem(NO_SETUP, found, paths);
    assert.match(fix, /`setup: python3 -m venv .* -e \.`/);
    assert.match(fix, /`test: \.venv\/bin\/python -m pytest`/);
    const own = { ...found, command: '.venv/bin/pytest -q' };
    assert.doesNotMatch(baseProblem(NO_SETUP, own, paths).fix, /`test: /);
    assert.doesNotMatch(baseProblem(NO_SETUP, found, [...paths, 'package.json']).fix, /setup: /);
  });

  it('suggests no set-up for a test that is red for another reason, or beside one that worked', () => {
    const paths = ['package-lock.json'];
    assert.match(baseProblem(NO_SETUP, RED, paths).fix, /--allow-red-base/);
    const missing = { ...RED, notFound: true };
    const fix = baseProblem({ setup: 'npm ci', network: 'setup' }, missing, paths).fix;
    assert.equal(fix, 'Install what is missing, or correct the plan.');
  });

  it('suggests the set-up of the folder that the test goes to', () => {
    const found = { ...RED, command: 'cd web && npm test', output: "Cannot find package 'ms'" };
    const paths = ['pyproject.toml', 'web/package.json', 'web/package-lock.json'];
    assert.match(baseProblem(NO_SETUP, found, paths).fix, /`setup: cd web && npm ci`/);
    assert.doesNotMatch(
      baseProblem(NO_SETUP, { ...found, command: 'cd api && npm test' }, paths).fix,
      /setup/,
    );
  });

  it('names the set-up when a package is missing that it did not install, and no network', () => {
    const output = "ModuleNotFoundError: No module named 'tidelog'";
    const setup = 'python3 -m venv .venv && .venv/bin/pip install pytest';
    const { fix } = baseProblem({ setup, network: 'setup' }, { ...RED, output }, ['pyproject.toml']);
    assert.match(fix, /^Let `setup` \(.*\) install what is missing, this repository's own package too/);
    assert.doesNotMatch(fix, /network/);
  });

  it('names the time limit of a test that was not done in time', () => {
    const found = { ...RED, summary: 'stopped: it was not done after 3.0 s: ' };
    assert.match(baseProblem(NO_SETUP, found, []).fix, /`timeout\.test`/);
  });

  it('says that files which git ignores are not there, when the command names one', () => {
    const command = '.venv/bin/pytest -q';
    const found = { ...RED, command, notFound: true, summary: 'sh: 1: .venv/bin/pytest: not found' };
    assert.match(baseProblem(NO_SETUP, found, []).fix, /commit's files alone.*\.venv\/bin\/pytest.*`setup`/);
    const system = {
      ...RED,
      command: '/opt/pytest a/b',
      notFound: true,
      summary: '/opt/pytest was not found',
    };
    assert.match(baseProblem(NO_SETUP, system, []).fix, /^Install what is missing/);
  });

  it('says that tests have no network when one could not connect', () => {
    for (const output of [
      'Error: connect ECONNREFUSED 127.0.0.1:5432',
      'socket.gaierror: [Errno -3] Temporary failure in name resolution',
      'dial tcp: lookup db: no such host',
    ])
      assert.match(
        baseProblem(NO_SETUP, { ...RED, output }, []).fix,
        /^In the sandbox, tests reach no network .*--allow-red-base/,
      );
  });

  it('names --allow-red-base beside a set-up, because the tasks may be to make what is missing', () => {
    const found = { ...RED, output: "ModuleNotFoundError: No module named 'pricing'" };
    assert.match(
      baseProblem(NO_SETUP, found, ['package-lock.json']).fix,
      /`setup: npm ci`.*--allow-red-base/,
    );
  });

  it('takes no error of pip for the name of a test', () => {
    const line = 'ERROR: Could not find a version that satisfies the requirement pytest';
    assert.match(summariseInOneLine(`Looking in indexes\n${line}\n`), /Could not find a version/);
  });

  it('summarises npm’s failure by its reason, not by the name of its log', () => {
    const output = [
      'npm error code ENOTFOUND',
      'npm error network request to https://registry.example/tsx failed, reason: getaddrinfo ENOTFOUND',
      'npm error A complete log of this run can be found in: ~/.npm/_logs/2026-11-28T06_30_00_000Z-debug-0.log',
    ].join('\n');
    assert.match(summariseInOneLine(output), /getaddrinfo ENOTFOUND/);
  });

  it('summarises a lock file that does not fit its package.json by what to do, not by the hint of a help page', () => {
    const output = [
      'npm error code EUSAGE',
      'npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
      'npm error Missing: is-odd@3.0.1 from lock file',
      'npm error Run "npm help ci" for more info',
    ].join('\n');
    assert.match(summariseInOneLine(output), /^`npm ci` can only install packages when/);
  });

  it('summarises a set-up whose connection was refused by that, not by what the installer made of it', () => {
    const refusal = describeRefusal({ host: 'pypi.org', port: 443 }, '10.0.0.1 is not public');
    const output = `error: subprocess-exited-with-error\nERROR: No matching distribution found for x\n${refusal}\n`;
    assert.equal(summariseInOneLine(output), refusal);
  });
});
