import assert from 'node:assert/strict';
import { taskId } from '../../src/contract/ids.js';
import { unprotectedTestWarnings } from '../../src/protection/unprotected-tests.js';
import { userMachineFiles, runsOnUserMachine } from '../../src/protection/user-machine-files.js';

const PACKAGE = JSON.stringify({
  scripts: {
    test: 'mocha',
    'test:own': 'mocha checks',
    build: 'tsc',
    verify: 'npm run build && node checks/all.js',
  },
});
const PATHS = [
  'src/a.js',
  'test/a.test.js',
  'checks/all.js',
  'package.json',
  'judge.py',
  'check.sh',
  'Makefile',
];

interface Case {
  readonly agent?: 'backend' | 'test';
  readonly dependsOn?: readonly string[];
  readonly protect?: readonly string[] | null;
  readonly paths?: readonly string[];
}

function isWarned(
  test: string,
  { agent = 'backend', dependsOn = [], protect = null, paths = PATHS }: Case = {},
): boolean {
  const task = { id: taskId('cart'), agent, test, dependsOn: dependsOn.map(taskId) };
  const warnings = unprotectedTestWarnings([task], protect, paths, PACKAGE);
  if (warnings.length > 0) assert.match(warnings.join(), /cart \(/);
  return warnings.length > 0;
}

describe('a task whose test command matches no protected file', () => {
  it('brings a warning', () => {
    assert.ok(isWarned('npm test', { paths: ['src/a.js', 'package.json'] }), 'no test anywhere');
    assert.ok(isWarned('python3 judge.py'), 'a program that is no test by its name');
    assert.ok(isWarned('npx mocha checks'), 'a folder that is none of tests');
    assert.ok(isWarned('npx mocha "checks/**/*.js"'), 'a glob');
    assert.ok(isWarned('npm run test:own'), 'through a script');
    assert.ok(isWarned('npm run verify'), 'through a script that starts a program');
    assert.ok(isWarned('npx mocha test/new.test.js'), 'a test that its own agent has to write');
    assert.ok(isWarned('npx mocha', { protect: ['docs/**'] }), 'the plan protects others');
  });

  it('brings none when a test is protected, or someone else decides', () => {
    for (const test of [
      'npm test',
      'npx mocha',
      'npx mocha test',
      'npx mocha test/*.js',
      'node --test',
      'npm run build && npx mocha ./test/a.test.js',
    ]) {
      assert.ok(!isWarned(test), test);
    }
    assert.ok(!isWarned('sh check.sh'), 'the script is protected');
    assert.ok(!isWarned('make check'), 'the Makefile is protected');
    assert.ok(
      !isWarned('npx mocha test/new.test.js', { dependsOn: ['tests'] }),
      'an earlier task may write it',
    );
    assert.ok(!isWarned('python3 judge.py', { protect: ['judge.py'] }), 'the plan protects it');
    assert.ok(!isWarned('python3 judge.py', { protect: [] }), 'the plan lifts protection');
    assert.ok(!isWarned('python3 judge.py', { agent: 'test' }), 'the agent test may change tests');
  });
});

describe('files that run on the user’s machine', () => {
  it('are told by their names, whatever the case', () => {
    for (const path of [
      '.envrc',
      '.husky/pre-commit',
      '.githooks/pre-push',
      '.git-hooks/pre-push',
      'lefthook.yml',
      '.pre-commit-config.yaml',
      '.vscode/tasks.json',
      'web/.vscode/settings.json',
      '.VSCode/launch.json',
      '.idea/runConfigurations/a.xml',
      '.devcontainer/devcontainer.json',
      '.claude/settings.json',
      '.cursor/rules/a.mdc',
      'CLAUDE.md',
      'docs/AGENTS.md',
      'agents.md',
      '.github/workflows/ci.yml',
      '.gitlab-ci.yml',
      '.gitattributes',
      '.gitmodules',
      'leadwright.yaml',
      '.Rprofile',
      'lib/.irbrc',
      '.iex.exs',
      '.bsp/sbt.json',
      '.vs/launch.vs.json',
      '.idx/dev.nix',
      '.hg/hgrc',
      '.lfsconfig',
      '.kilocode/rules/a.md',
      '.github/skills/deploy/SKILL.md',
      '.build.yml',
      '.taskcluster.yml',
      'azure-pipelines-release.yml',
      'ci/Jenkinsfile.release',
      'web/leadwright.yml',
      '.nvmrc',
      'api/.python-version',
      '.ruby-version',
      'commitlint.config.mjs',
      '.commitlintrc.yml',
      '.czrc',
      '.mergify.yml',
      '.mergify/config.yml',
      '.github/mergify.yaml',
      '-rf',
      'src/--help/a.ts',
      ...[
        '$(touch x)',
        'src/`id`.ts',
        'a;b/c',
        '${HOME}',
        'a&sh b',
        'a|b',
        'a>b',
        '*',
        '~',
        '~/a',
        '~root/a',
      ],
      'docs/sample/HEAD',
      'docs/sample/head',
      'fixtures/shop.git/config',
      ...['hie.yaml', 'rust-analyzer.toml', '.lsp/config.edn', '.bloop/shop.json', 'buildServer.json'],
      ...[
        '.neoconf.json',
        '.solargraph.yml',
        '.phpactor.json',
        '.ycm_extra_conf.py',
        '.RData',
        'web/.octaverc',
      ],
      ...['.psysh.php', '.perldb', '.prow.yaml', '.rwx/ci.yml', 'renovate.json', '.renovaterc.json'],
      ...['.github/renovate.json5', '.github/settings.yml', 'replit.md', '.tabnine/guidelines/a.md'],
      ...['.npmrc', 'web/.yarnrc.yml', '.pnpmfile.cjs', '.yarn/releases/yarn-4.cjs', '.yarn/plugins/a.cjs'],
      ...[
        '.cargo/config.toml',
        'rust-toolchain.toml',
        '.mvn/extensions.xml',
        'gradle/wrapper/gradle-wrapper.jar',
      ],
      ...[
        '.bundle/config',
        'uv.toml',
        'poetry.toml',
        '.pdm-python',
        'NuGet.Config',
        '.config/dotnet-tools.json',
      ],
      ...[
        '.lefthook/pre-commit/lint.sh',
        '.lefthook-local/pre-push/a',
        'captainhook.json',
        'grumphp.yml.dist',
      ],
      ...['.rusty-hook.toml', 'hk.pkl', '.cargo-husky/hooks/a.sh', '.trunk/trunk.yaml', '.prototools'],
      ...['bunfig.toml', '.pnp.cjs', 'lab/jupyter_server_config.py', 'jupyter_config.json'],
      '.gitpod/automations.yaml',
      ...['.pi/extensions/a.ts', '.agent/rules/a.md', '.grok/settings.json', '.iflow/a', 'IFLOW.md'],
      '.augment-guidelines',
      ...[
        '.crushrc',
        'crushrc',
        '.crush.json',
        '.opencode.json',
        'gptme.toml',
        '.voidrules',
        '.continuerules',
      ],
      ...['.venv/bin/python', 'venv/bin/activate', 'pixi.toml', '.pixi/config.toml', 'tools/bazel', '.rvmrc'],
      ...['amplify.yml', 'render.yaml', 'railway.toml', 'fly.toml', 'wrangler.toml', '.platform.app.yaml'],
      ...['.upsun/config.yaml', '.buddy/a.yml', '.cnb.yml', '.tangled/workflows/a.yml', '.releaserc.js'],
      ...['ci_scripts/ci_post_clone.sh', 'cc/@opts.c'],
    ]) {
      assert.ok(runsOnUserMachine(path), path);
    }
    for (const path of [
      'src/hooks/use-cart.ts',
      'README.md',
      '.gitignore',
      ...['packages/@scope/a.ts', 'routes/+page.svelte', 'app.json'],
      '.github/CODEOWNERS',
      'src/a-b.ts',
      'vscode/a.ts',
      'docs/skill.md',
      'build.yml',
      'idx/a.ts',
      'src/version',
      'commitlint.md',
      '.github/config.yml',
      'src/head.ts',
      ...['routes/$id.tsx', 'app/(shop)/[id]/page.tsx', 'app/@modal/a.tsx', 'a~b', "docs/a, b 'c'!.md"],
      'src/components/Head/index.tsx',
      ...[
        'package.json',
        'Cargo.toml',
        'gradle/libs.versions.toml',
        'src/uv.ts',
        'src/rdata.R',
        'config/settings.yml',
        'yarn/releases/a.js',
        ...['lefthook/a.sh', 'docker-compose.override.yml', 'agent/a.ts', 'jupyter.py'],
      ],
    ]) {
      assert.ok(!runsOnUserMachine(path), path);
    }
  });

  it('are listed once they have landed', () => {
    assert.deepEqual(
      userMachineFiles([
        { commit: 'a', filesModified: ['src/a.ts', 'CLAUDE.md', '.envrc'] },
        { commit: null, filesModified: ['AGENTS.md'] },
        { commit: 'b', filesModified: ['.envrc'] },
      ]),
      ['.envrc', 'CLAUDE.md'],
    );
  });
});
