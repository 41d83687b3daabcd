import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concernsInstall } from '../../src/protection/installs.js';
import { configurationChange, exclusiveContent } from '../../src/protection/same-effect.js';
import { effectOf, reachedBy, type Case, type Kind } from '../support/judged-change.js';
import { foldersToSearch, findShadowedFile } from '../../src/protection/shadowing.js';

const created = (tests: Kind, path: string, after = 'x'): Case => ({
  what: `a new ${path}`,
  tests,
  path,
  after,
});
const pkg = (json: object): string => JSON.stringify(json);

const BAZEL = `load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

cc_library(
    name = "cart",
    srcs = ["cart.cc"],  # ours
)

cc_test(
    name = "cart_test",
    srcs = ["cart_test.cc"],
    deps = [":cart", "@googletest//:gtest_main"],
)
`;
const CABAL = `name: shop
version: 1.0
library
  exposed-modules: Cart
  build-depends:
      base
    , text
  ghc-options: -Wall
test-suite spec
  type: exitcode-stdio-1.0
  main-is: Spec.hs
  other-modules: CartSpec
  build-depends: base, hspec
`;
const DUNE = `; tests and code
(library
 (name cart)
 (libraries base))

(test
 (name cart_test)
 (libraries cart alcotest))
`;
const bazel = (what: string, path: string, before: string | undefined, after: string) => ({
  ...{ what, tests: 'c' as const, path, after, command: 'bazel test //...' },
  ...(before === undefined ? {} : { before }),
});
const cabal = (what: string, after: string) => ({
  ...{ what, tests: 'c' as const, path: 'shop.cabal', before: CABAL, after, command: 'cabal test' },
});
const dune = (what: string, after: string, path = 'dune', before = DUNE) => ({
  ...{ what, tests: 'c' as const, path, before, after, command: 'opam exec -- dune test' },
});

const REFUSED: readonly Case[] = [
  ...[
    '.mocharc.yml',
    '.mocharc.cjs',
    'jest.config.ts',
    'vitest.config.mts',
    'vitest.workspace.json',
    'ava.config.js',
    '.taprc',
    'karma.conf.js',
    'playwright.config.ts',
    'cypress.config.js',
    'wdio.conf.ts',
    'jasmine.json',
    'cucumber.js',
    'babel.config.json',
    '.babelrc',
    '.swcrc',
    '.nycrc.json',
    '.c8rc.json',
    '.npmrc',
    '.yarnrc.yml',
    '.pnp.cjs',
    'bunfig.toml',
    'node_modules/chai/index.js',
    'test/node_modules/chai/package.json',
    'test/.mocharc.js',
    'packages/a/jest.config.js',
  ].map((path) => created('js', path)),
  ...[
    'conftest.py',
    'tests/conftest.py',
    'pytest.ini',
    '.pytest.ini',
    'pytest.toml',
    '.coveragerc',
    'tests/deep/pytest.ini',
    'sitecustomize.py',
    'src/usercustomize.py',
    'pytest.py',
    'unittest.py',
    'unittest/__init__.py',
    'src/pytest/__init__.py',
    'tests/unittest.py',
    '_pytest/__init__.py',
    'evil.pth',
  ].map((path) => created('py', path)),
  ...[
    'tests/__pycache__/test_cart.cpython-311.pyc',
    'src/shop/__pycache__/cart.cpython-311.opt-1.pyc',
    '__pycache__/anything',
    'argparse.pyc',
    'shop/old.pyo',
    'argparse.so',
    'src/_pytest/__init__.abi3.so',
    'tests/json.cp311-win_amd64.pyd',
    'tests/__init__.cpython-311-x86_64-linux-gnu.so',
  ].map((path) => created('py', path)),
  {
    what: 'changed bytecode',
    tests: 'py',
    path: 'tests/__pycache__/test_cart.cpython-311.pyc',
    before: 'a',
    after: 'b',
  },
  ...[
    ...['__future__', '_heapq', '_bisect', '_struct', '_random', '_compression', '_bz2', '_lzma', '_opcode'],
    ...['_typing', '_weakrefset', '_posixsubprocess', '_csv', '_socket', '_datetime', '_json', '_decimal'],
    ...['_colorize', '_strptime', '_sysconfigdata__linux_x86_64-linux-gnu', 'annotationlib', 'nt'],
  ].flatMap((name) => [created('py', `${name}.py`), created('py', `lib/${name}/__init__.py`)]),
  bazel('a test that is gone', 'BUILD', BAZEL, BAZEL.replace(/cc_test\([^]*$/, '')),
  bazel('another source of a test', 'src/BUILD.bazel', BAZEL, BAZEL.replace('cart_test.cc"', 'cart.cc"')),
  bazel(
    'a test that is disabled',
    'BUILD',
    BAZEL,
    BAZEL.replace('"cart_test",', '"cart_test", tags = ["manual"],'),
  ),
  bazel('a rule of tests from elsewhere', 'BUILD', BAZEL, `load("//tools:fake.bzl", "cc_test")\n${BAZEL}`),
  bazel('another name', 'BUILD', BAZEL, `${BAZEL}alias(name = "gtest", actual = ":cart")\n`),
  bazel('code in a library', 'BUILD', BAZEL, BAZEL.replace('"cart.cc"', 'genrule(name = "x", cmd = "true")')),
  bazel('code behind a library', 'BUILD', BAZEL, BAZEL.replace('# ours\n)', '\n); package(features = [])')),
  bazel('a package over tests', 'test/BUILD', undefined, 'package(default_testonly = True)\n'),
  bazel(
    'a module in place of another',
    'MODULE.bazel',
    'module(name = "shop")\n',
    'module(name = "shop")\nbazel_dep(name = "fake", repo_name = "googletest")\n',
  ),
  bazel(
    'an override',
    'MODULE.bazel',
    'module(name = "shop")\n',
    'module(name = "shop")\nlocal_path_override(module_name = "googletest", path = "fake")\n',
  ),
  bazel('a rule', 'tools/rules.bzl', 'a = 1\n', 'a = 2\n'),
  cabal('a test suite that is gone', CABAL.replace(/test-suite[^]*$/, '')),
  cabal('another program of tests', CABAL.replace('Spec.hs', 'Main.hs')),
  cabal(
    'other modules for the same names',
    CABAL.replace('  type:', '  mixins: hspec (Fake as Test.Hspec)\n  type:'),
  ),
  cabal('braces', CABAL.replace(': Cart', ': { Cart }')),
  dune('a test that is gone', DUNE.replace(/\(test[^]*$/, '')),
  dune('another program of tests', DUNE.replace('cart_test', 'cart')),
  dune('folders that are left out', `${DUNE}(dirs lib)\n`),
  dune('a comment that ends elsewhere', `#| |#${DUNE}`),
  {
    ...{ what: 'a rule over tests', tests: 'c', path: 'test/dune', command: 'dune test' },
    after: '(rule (alias runtest) (action (run true)))',
  },
  {
    ...{ what: 'local settings of Cabal', tests: 'c', path: 'cabal.project.local', after: 'tests: False' },
    ...{ command: 'cabal test', there: ['cabal.project'] },
  },
  created('java', 'project/Build.scala'),
  created('java', 'project/build.properties'),
  ...[
    { imports: { '#cart': './src/fake.js', '#ui/*': './ui/*' } },
    { imports: { '#cart': './src/cart.js', '#ui/*': './ui/*', '#ui/price': './fake.js' } },
  ].map((after) => ({
    what: `another module under a name that was there: ${pkg(after)}`,
    tests: 'js' as const,
    path: 'package.json',
    before: pkg({ imports: { '#cart': './src/cart.js', '#ui/*': './ui/*' } }),
    after: pkg(after),
  })),
  ...[{ config: { spec: 'none' } }, { commitlint: { extends: ['./src/a.js'] } }].map((after) => ({
    what: `${pkg(after)} in package.json`,
    tests: 'js' as const,
    path: 'package.json',
    before: pkg({}),
    after: pkg(after),
  })),
  created('rb', '.rspec'),
  created('php', 'phpunit.xml'),
  created('pl', '.proverc'),
  created('php', 'phpunit.xml.dist'),
  created('go', 'go.work'),
  created('rs', '.cargo/config.toml'),
  created('rs', '.config/nextest.toml'),
  created('rs', '.config/insta.yaml'),
  created('py', 'behave.ini'),
  created('rb', 'config/cucumber.yml'),
  created('java', 'src/main/resources/kotest.properties'),
  created('java', '.mvn/maven.config'),
  created('java', 'src/test/resources/junit-platform.properties'),
  created('cs', 'Directory.Build.props'),
  created('cs', 'test.runsettings'),
  created('c', 'CTestCustom.cmake'),
  { what: 'a changed configuration', tests: 'js', path: 'config/jest.config.js', before: 'a', after: 'b' },
  { what: 'a deleted configuration', tests: 'js', path: '.mocharc.yml', before: 'spec: test' },
  {
    what: 'a changed conftest',
    tests: 'py',
    path: 'conftest.py',
    before: 'a = 1',
    after: 'collect_ignore = ["tests"]',
  },
  {
    what: 'jest in package.json',
    tests: 'js',
    path: 'package.json',
    before: pkg({ name: 'a' }),
    after: pkg({ name: 'a', jest: { testPathIgnorePatterns: ['cart'] } }),
  },
  {
    what: 'mocha in a first package.json',
    tests: 'js',
    path: 'package.json',
    after: pkg({ mocha: { grep: 'x' } }),
  },
  {
    what: 'the script that the command runs',
    tests: 'js',
    path: 'package.json',
    before: pkg({ scripts: { judge: 'mocha' } }),
    after: pkg({ scripts: { judge: 'exit 0' } }),
    command: 'npm run judge',
  },
  {
    what: 'the script of npm t',
    tests: 'js',
    path: 'package.json',
    before: pkg({ scripts: { test: 'mocha' } }),
    after: pkg({ scripts: { test: 'mocha --grep x' } }),
    command: 'npm t',
  },
  {
    what: 'a script that another one calls',
    tests: 'js',
    path: 'package.json',
    before: pkg({ scripts: { test: 'npm run all:of:it', 'all:of:it': 'mocha test' } }),
    after: pkg({ scripts: { test: 'npm run all:of:it', 'all:of:it': 'true' } }),
    command: 'npm test',
  },
  {
    what: 'a hook in front of the tests',
    tests: 'js',
    path: 'package.json',
    before: pkg({ scripts: { test: 'mocha' } }),
    after: pkg({ scripts: { test: 'mocha', pretest: 'rm -r test' } }),
    command: 'npm test',
  },
  {
    what: 'a runner from elsewhere',
    tests: 'js',
    path: 'package.json',
    before: pkg({ devDependencies: { mocha: '^11.0.0' } }),
    after: pkg({ devDependencies: { mocha: 'file:./fake' } }),
  },
  {
    what: 'a runner overridden',
    tests: 'js',
    path: 'package.json',
    before: pkg({ devDependencies: { vitest: '^4.0.0' } }),
    after: pkg({ devDependencies: { vitest: '^4.0.0' }, overrides: { x: { vitest: 'npm:fake@1' } } }),
  },
  {
    what: 'a workspace less',
    tests: 'js',
    path: 'package.json',
    before: pkg({ workspaces: ['packages/*', 'tools'] }),
    after: pkg({ workspaces: ['tools'] }),
  },
  {
    what: 'a package.json that is none',
    tests: 'js',
    path: 'package.json',
    before: pkg({}),
    after: '{ nope',
  },
  {
    what: 'vitest in vite.config',
    tests: 'js',
    path: 'vite.config.ts',
    before: 'export default { plugins: [vue()] }',
    after: 'export default { plugins: [vue()], test: { exclude: ["**/cart*"] } }',
  },
  {
    what: 'pytest in pyproject.toml',
    tests: 'py',
    path: 'pyproject.toml',
    before: '[project]\nname = "a"\n',
    after: '[project]\nname = "a"\n[tool.pytest.ini_options]\naddopts = "-k nothing"\n',
  },
  {
    what: 'pytest in pyproject.toml, written otherwise',
    tests: 'py',
    path: 'pyproject.toml',
    before: '',
    after: 'tool.pytest.ini_options.addopts = "-k nothing"\n',
  },
  { what: 'a pyproject.toml that is none', tests: 'py', path: 'pyproject.toml', before: '', after: '[tool' },
  {
    what: 'pytest in setup.cfg',
    tests: 'py',
    path: 'setup.cfg',
    before: '[metadata]\nname = a\n',
    after: '[metadata]\nname = a\n[tool:pytest]\naddopts = -k nothing\n',
  },
  { what: 'pytest in tox.ini', tests: 'py', path: 'tox.ini', after: '[pytest]\ntestpaths = none\n' },
  {
    what: 'tests off in Cargo.toml',
    tests: 'rs',
    path: 'Cargo.toml',
    before: '[package]\nname = "a"\n',
    after: '[package]\nname = "a"\nautotests = false\n',
  },
  {
    what: 'no harness in Cargo.toml',
    tests: 'rs',
    path: 'Cargo.toml',
    before: '[package]\nname = "a"\n',
    after: '[package]\nname = "a"\n[[test]]\nname = "cart"\nharness = false\n',
  },
  {
    what: 'a replaced module in go.mod',
    tests: 'go',
    path: 'go.mod',
    before: 'module a\n',
    after: 'module a\nreplace github.com/stretchr/testify => ./fake\n',
  },
  {
    what: 'skipTests in pom.xml',
    tests: 'java',
    path: 'pom.xml',
    before: '<project></project>',
    after: '<project><properties><skipTests>true</skipTests></properties></project>',
  },
  {
    what: 'surefire in pom.xml',
    tests: 'java',
    path: 'pom.xml',
    before: '<project></project>',
    after:
      '<project><plugin><artifactId>maven-surefire-plugin</artifactId><excludes>x</excludes></plugin></project>',
  },
  {
    what: 'skipTests in pom.xml, between ends of dependencies with a space',
    tests: 'java',
    path: 'pom.xml',
    before: '<project><dependencies><dependency>a</dependency></dependencies></project>',
    after:
      '<project><dependencies><dependency>a</dependency ></dependencies><profile><properties><skipTests>true</skipTests></properties><dependencies><dependency >a</dependency></dependencies></project>',
  },
  ...(
    [
      ['<!--', '-->'],
      ['<?a', '?>'],
    ] as const
  ).map(([start, end]) => ({
    what: `skipTests in pom.xml, between dependencies in ${start} ${end}`,
    tests: 'java' as const,
    path: 'pom.xml',
    before: `<project>${start} ${end}</project>`,
    after: `<project>${start} <dependency>${end}<properties><skipTests>true</skipTests></properties>${start} </dependency>${end}</project>`,
  })),
  {
    what: 'a test task turned off in build.gradle',
    tests: 'java',
    path: 'build.gradle.kts',
    before: 'plugins { java }\n',
    after: 'plugins { java }\ntasks.named<Test>("test") { enabled = false }\n',
  },
  {
    what: 'the Makefile that the command goes through',
    tests: 'js',
    path: 'Makefile',
    before: 'test:\n\tmocha\n',
    after: 'test:\n\ttrue\n',
    command: 'make test',
  },
  {
    what: 'a GNUmakefile, which make finds first',
    tests: 'js',
    path: 'GNUmakefile',
    after: 'test:\n\ttrue\n',
    command: 'make -j2 test',
    there: ['Makefile'],
  },
  {
    what: 'a Taskfile.yml, which task finds first',
    tests: 'js',
    path: 'Taskfile.yml',
    after: 'tasks: { test: { cmds: [true] } }\n',
    command: 'task test',
    there: ['Taskfile.dist.yml'],
  },
  ...[
    'Taskfile.dist.yml task test',
    'Makefile.toml cargo make test',
    'bb.edn bb test',
    'build.sc mill __.test',
  ].map((build) => ({
    what: build,
    tests: 'js' as const,
    path: build.split(' ')[0] ?? '',
    before: 'a',
    after: 'b',
    command: build.slice(build.indexOf(' ') + 1),
  })),
  ...['[behave]', '[behave.userdata]'].map((section) => ({
    what: `${section} in setup.cfg`,
    tests: 'py' as const,
    path: 'setup.cfg',
    before: '[metadata]\nname = a\n',
    after: `[metadata]\nname = a\n${section}\ndry_run = true\n`,
  })),
  {
    what: 'a script of rye in pyproject.toml',
    tests: 'py',
    path: 'pyproject.toml',
    before: '[tool.rye]\nmanaged = true\n[tool.rye.scripts]\ntest = "pytest"\n',
    after: '[tool.rye]\nmanaged = true\n[tool.rye.scripts]\ntest = "true"\n',
  },
  {
    what: 'the script that the command starts',
    tests: 'py',
    path: 'scripts/all.sh',
    before: 'pytest',
    after: 'true',
    command: 'sh ./scripts/all.sh',
  },
  {
    what: 'the program named after tests that the command starts',
    tests: 'js',
    path: 'tools/run-tests.mjs',
    before: 'a',
    after: 'b',
    command: 'node tools/run-tests.mjs --all',
  },
  { ...created('js', 'test/new.test.js', "it.only('x', () => {})"), what: '.only in a new test' },
  { ...created('js', 'src/a.spec.ts', "fdescribe('x', () => {})"), what: 'fdescribe in a new test' },
  ...[
    "test.describe.serial.only('x', () => {})",
    "test.describe . only('x', () => {})",
    "describe['only']('x', () => {})",
    "Scenario.only('x', () => {})",
    "Feature('x');\nScenario\n  .only('y', () => {})",
    'fixture.only`x`',
    "Deno.test.only('x', () => {})",
    "it('x', { only: true }, () => {})",
    `fit${' '.repeat(200)}('x', () => {})`,
    `it('x', { only${' '.repeat(200)}: true }, () => {})`,
  ].map((text) => ({ ...created('js', 'test/new.test.js', text), what: `a new test with ${text}` })),
  {
    ...created('php', 'tests/NewTest.php', "<?php it('x', function () {})->only();"),
    what: 'a new test with ->only()',
  },
  ...["fit 'x' do\nend", "it 'x', focus: true do\nend", "it('x', :focus) { }"].map((text) => ({
    ...created('rb', 'spec/new_spec.rb', text),
    what: `a new test with ${text}`,
  })),
  {
    ...created('go', 'cart/main_test.go', 'package cart\nfunc TestMain(m *testing.M) { os.Exit(0) }'),
    what: 'a TestMain beside protected tests',
  },
  {
    ...created('py', 'tests/__init__.py', 'def load_tests(*a): return TestSuite()'),
    what: 'code in a new __init__.py above protected tests',
  },
  ...[
    '"""Tests."""; import os; os._exit(0)\n',
    "'''\nTests.\n''' ; import os\n",
    '[__import__("os")._exit(0)]\n',
    '{__import__("os")._exit(0)}\n',
    '"x"; import os\n',
    '-__import__("os")._exit(0)\n',
    '(__import__("os")._exit(0))\n',
    '\fimport os\n',
    '# here\rimport os\n',
    '"""Tests.""" \\\n; import os\n',
    '"""Tests."""\n"x"; import os\n',
    '"""a""" + """b""".join(f())\n',
    '# coding: utf-7\n# +AAo-import os\n',
    '\n# -*- coding: raw_unicode_escape -*-\n# \\u000aimport os\n',
    '"""Tests.\n',
    'f"""{exit(0)}"""\n',
  ].map((code) => ({ ...created('py', 'tests/__init__.py', code), what: `an __init__.py of ${code}` })),
  {
    what: 'plugins in vite.config',
    tests: 'js',
    path: 'vite.config.ts',
    before: 'export default { plugins: [], test: { globals: true } }',
    after: 'export default { plugins: [vue({ a: 1 })], test: { globals: true } }',
  },
  ...[
    'argparse.py',
    'src/pluggy.py',
    'tests/json.py',
    'logging/__init__.py',
    'lib/iniconfig/__init__.py',
  ].map((path) => created('py', path)),
  ...['setup.py', 'evil.pth'].map((path) => created('py', path)),
  ...['build.rs', 'crates/a/build.rs', 'vendor/serde/src/lib.rs'].map((path) => created('rs', path)),
  created('js', 'binding.gyp'),
  created('js', 'pnpm-workspace.yaml'),
  created('go', 'vendor/github.com/stretchr/testify/assert/assertions.go'),
  {
    ...created(
      'go',
      'cart/early.go',
      'package cart\nimport "os"\nfunc init() {\n\tif true {\n\t\tos.Exit(0)\n\t}\n}\n',
    ),
    what: 'an init that exits',
  },
  {
    ...created('go', 'store/db.go', 'package store\nvar _ = func() int {\n\tos.Exit(0)\n\treturn 0\n}()\n'),
    what: 'a variable whose value exits',
  },
  ...['postinstall', 'preinstall', 'install', 'prepare'].map((hook) => ({
    what: `a ${hook} script`,
    tests: 'js' as const,
    path: 'package.json',
    before: pkg({ scripts: { build: 'tsc' } }),
    after: pkg({ scripts: { build: 'tsc', [hook]: 'node src/a.js' } }),
  })),
  {
    what: 'a postinstall script in a first package.json',
    tests: 'js',
    path: 'packages/a/package.json',
    after: pkg({ scripts: { postinstall: 'node a.js' } }),
  },
  {
    what: 'a script that the install script calls',
    tests: 'js',
    path: 'package.json',
    before: pkg({ scripts: { build: 'tsc', prepare: 'npm run build' } }),
    after: pkg({ scripts: { build: 'node src/a.js', prepare: 'npm run build' } }),
  },
  {
    what: 'the program that the set-up starts',
    tests: 'js',
    path: 'tools/generate.mjs',
    before: 'a',
    after: 'b',
    setup: 'npm ci && node tools/generate.mjs',
  },
  {
    what: 'the script that the set-up runs',
    tests: 'js',
    path: 'package.json',
    before: pkg({ scripts: { seed: 'node seed.js' } }),
    after: pkg({ scripts: { seed: 'node src/a.js' } }),
    setup: 'npm ci && npm run seed',
  },
  {
    what: 'the Makefile that the set-up goes through',
    tests: 'js',
    path: 'Makefile',
    before: 'a',
    after: 'b',
    setup: 'make deps',
  },
  {
    what: 'packages whose install scripts may run',
    tests: 'js',
    path: 'package.json',
    before: pkg({}),
    after: pkg({ allowScripts: { evil: true } }),
  },
  {
    what: 'git hooks in package.json',
    tests: 'js',
    path: 'package.json',
    before: pkg({}),
    after: pkg({ 'simple-git-hooks': { 'pre-commit': 'node src/a.js' } }),
  },
  {
    what: 'another package manager',
    tests: 'js',
    path: 'package.json',
    before: pkg({ packageManager: 'pnpm@9.0.0' }),
    after: pkg({ packageManager: 'pnpm@https://x.example/pnpm.tgz' }),
  },
  {
    what: 'an override by another package',
    tests: 'js',
    path: 'package.json',
    before: pkg({}),
    after: pkg({ overrides: { lodash: 'npm:evil@1' } }),
  },
  ...[
    { overrides: { diff: '1.0.0' } },
    { overrides: { 'mocha>diff': '1.0.0' } },
    { resolutions: { '**/diff': '1.0.0' } },
    { pnpm: { overrides: { 'diff@5': '1.0.0' } } },
    { pnpm: { patchedDependencies: { 'chai@6.0.0': 'patches/chai.patch' } } },
    { dependencies: { diff: 'file:./src/diff' } },
    { name: 'chai', exports: './src/chai.js' },
  ].map((after) => ({
    what: `a package of the runner's replaced: ${pkg(after)}`,
    tests: 'js' as const,
    path: 'package.json',
    before: pkg({}),
    after: pkg(after),
  })),
  {
    what: 'a dependency from elsewhere, which came from the registry',
    tests: 'js',
    path: 'package.json',
    before: pkg({ dependencies: { zod: '^4.0.0' } }),
    after: pkg({ dependencies: { zod: 'file:./src/zod' } }),
  },
  {
    what: 'an alias for Node’s assertions',
    tests: 'js',
    path: 'tsconfig.json',
    before: pkg({ compilerOptions: { strict: true } }),
    after: '{ "compilerOptions": { "paths": { // here\n "assert": ["./src/a.ts"], } } }',
  },
  {
    what: 'the tasks in deno.json, with an escape',
    tests: 'js',
    path: 'deno.json',
    before: '{}',
    after: '{ "t\\u0065st": { "exclude": ["**"] } }',
  },
  ...[
    './pytest\n',
    'pytest @ file:///src/pytest\n',
    '-r more.txt\n',
    '--index-url https://x.example/simple\n',
    '-e .\n',
  ].map((line) => ({
    what: `requirements with ${line.trim()}`,
    tests: 'py' as const,
    path: 'requirements-dev.txt',
    before: 'pytest==9.0.0\n',
    after: `pytest==9.0.0\n${line}`,
  })),
  ...[
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["src"]\n',
    '[build-system]\nrequires = ["evil @ file:./evil"]\nbuild-backend = "setuptools.build_meta"\n',
    '[project.entry-points.pytest11]\nevil = "shop.evil"\n',
    '[tool.poetry.plugins.pytest11]\nevil = "shop.evil"\n',
    '[tool.hatch.build.hooks.custom]\npath = "src/a.py"\n',
    '[tool.poetry.build]\nscript = "build.py"\n',
    '[project]\ndependencies = ["pytest @ https://x.example/pytest.whl"]\n',
    '[tool.poetry.dependencies]\npytest = { path = "src/pytest" }\n',
    '[tool.uv.sources]\npytest = { path = "src/pytest" }\n',
    '[tool.uv]\noverride-dependencies = ["pytest==1.0"]\n',
  ].map((after) => ({
    what: `pyproject.toml: ${after}`,
    tests: 'py' as const,
    path: 'pyproject.toml',
    before: '',
    after,
  })),
  created('js', 'packages/b/package.yaml', 'name: b\nscripts:\n  postinstall: node a.js\n'),
  created('js', 'packages/b/package.yaml', 'name: b\na: &a { postinstall: node a.js }\nscripts: *a\n'),
  created('js', 'packages/b/package.yaml', 'name: b\n<<: { scripts: { postinstall: node a.js } }\n'),
  created('js', 'packages/b/package.yaml', 'name: b\nscripts: { <<: { postinstall: node a.js } }\n'),
  created('js', 'packages/b/package.json5', '{ scripts: { postinstall: "node a.js" } }'),
  created('py', 'pdm_build.py', 'def pdm_build_initialize(context): pass\n'),
  {
    what: 'the build hook of Hatch that is there',
    tests: 'py',
    path: 'hatch_build.py',
    before: 'a = 1\n',
    after: 'a = 2\n',
  },
  created('py', 'hatch.toml', '[build.hooks.custom]\npath = "shop/a.py"\n'),
  created('py', 'hatch.toml', '[build.targets.wheel.hooks.custom]\n'),
  created('py', 'lib/hatch.toml', '[metadata.hooks.custom]\n'),
  {
    what: 'a plug-in of pytest in setup.cfg',
    tests: 'py',
    path: 'setup.cfg',
    before: '[metadata]\nname = a\n',
    after: '[metadata]\nname = a\n[options.entry_points]\npytest11 =\n  evil = shop.evil\n',
  },
  {
    what: 'a build script in Cargo.toml',
    tests: 'rs',
    path: 'Cargo.toml',
    before: '[package]\nname = "a"\n',
    after: '[package]\nname = "a"\nbuild = "src/a.rs"\n',
  },
  {
    what: 'code in a Gemfile',
    tests: 'rb',
    path: 'Gemfile',
    before: 'source "https://rubygems.org"\ngem "rspec"\n',
    after: 'source "https://rubygems.org"\ngem "rspec", path: "./evil"\n',
  },
  {
    what: 'code in build.gradle',
    tests: 'java',
    path: 'build.gradle',
    before: 'dependencies {\n}\n',
    after: 'dependencies {\n}\ngradle.taskGraph.whenReady { it.allTasks.last().actions.clear() }\n',
  },
  {
    what: 'scripts in composer.json',
    tests: 'php',
    path: 'composer.json',
    before: '{}',
    after: '{ "scripts": { "post-install-cmd": "php src/a.php" } }',
  },
];

const ALLOWED: readonly Case[] = [
  bazel('a source', 'BUILD', BAZEL, BAZEL.replace('"cart.cc"', '"cart.cc", "price.cc"')),
  bazel('files', 'BUILD', BAZEL, BAZEL.replace('["cart.cc"]', 'glob(["*.cc"])')),
  bazel(
    'a library, a program and a test',
    'BUILD',
    BAZEL,
    `${BAZEL}load("@rules_cc//cc:defs.bzl", "cc_binary")\n\ncc_binary(name = "shop", srcs = ["main.cc"])\ncc_test(name = "b_test", srcs = ["b_test.cc"])\n`,
  ),
  bazel('a new package', 'price/BUILD', undefined, 'package()\ncc_library(name = "price")\n'),
  bazel('a new rule', 'price/rules.bzl', undefined, 'a = 1\n'),
  bazel(
    'a module',
    'MODULE.bazel',
    'module(name = "shop")\n',
    'module(name = "shop")\nbazel_dep(name = "re2", version = "2024-07-02")\n',
  ),
  { ...bazel('a file that is called so', 'BUILD', 'a', 'b'), command: 'make' },
  cabal(
    'modules and dependencies',
    CABAL.replace(': Cart\n', ':\n      Cart\n    , Price\n').replace('text\n', 'text\n    , containers\n'),
  ),
  cabal('a module of tests', CABAL.replace('CartSpec', 'CartSpec, PriceSpec').replace('1.0', '1.1')),
  dune('libraries and modules', DUNE.replace('base)', 'base fmt)\n (modules cart price)')),
  dune('a library and a test', `${DUNE}(library (name price))\n(test (name price_test) (libraries price))\n`),
  dune(
    'a package',
    '(lang dune 3.0)\n(package (name shop) (synopsis "a (b) ; c") (depends fmt))\n',
    'dune-project',
    '(lang dune 3.0)\n(package (name shop))\n',
  ),
  created('java', 'project/src/Cart.scala'),
  {
    what: 'a new name for a module, and the kind of modules',
    tests: 'js',
    path: 'package.json',
    before: pkg({ imports: { '#cart': './src/cart.js' } }),
    after: pkg({ type: 'module', imports: { '#cart': './src/cart.js', '#ui/*': './ui/*' } }),
  },
  created('py', 'shop/calendar.py'),
  created('py', 'src/shop/types.py'),
  created('js', 'src/setup.ts'),
  created('js', 'vendor/chart.js'),
  created(
    'go',
    'cart/cart.go',
    'package cart\nvar ErrNone = errors.New("none")\nfunc init() { register() }\nfunc stop() { os.Exit(1) }\n',
  ),
  created(
    'py',
    'requirements.txt',
    'flask>=3,<4  # web\nuvicorn[standard]==0.30.1; python_version >= "3.9"\n',
  ),
  created('js', 'packages/b/package.yaml', 'name: b\nscripts:\n  start: node a.js\n'),
  created('js', 'package.yaml', 'name: shop\nlibrary:\n  source-dirs: src\ndependencies:\n- base\n'),
  {
    what: 'a dependency in a package.yaml of hpack with anchors',
    tests: 'js',
    path: 'package.yaml',
    before: 'name: shop\ncommon: &deps\n- base\ndependencies: *deps\n',
    after: 'name: shop\ncommon: &deps\n- base\n- text\ndependencies: *deps\n',
  },
  created('py', 'hatch.toml', '[build.targets.wheel]\npackages = ["shop"]\n'),
  created(
    'py',
    'pyproject.toml',
    '[build-system]\nrequires = ["hatchling>=1.2"]\nbuild-backend = "hatchling.build"\n[project]\nname = "a"\ndependencies = ["flask (>=3)"]\n',
  ),
  {
    what: 'aliases for folders in tsconfig.json',
    tests: 'js',
    path: 'tsconfig.json',
    before: pkg({}),
    after: pkg({
      compilerOptions: {
        strict: true,
        paths: { '@/*': ['./src/*'], '@shop/ui': ['./ui'], 'shared/*': ['./s/*'] },
      },
    }),
  },
  {
    what: 'a gem',
    tests: 'rb',
    path: 'Gemfile',
    before: 'source "https://rubygems.org"\ngem "rspec"\n',
    after: 'source "https://rubygems.org"\n\n# web\ngem "rspec"\ngem "rack", "~> 3.0", require: false\n',
  },
  {
    what: 'a requirement with hashes',
    tests: 'py',
    path: 'requirements.txt',
    before: 'pytest==9.0.0\n',
    after: 'pytest==9.0.0\nflask==3.1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n',
  },
  {
    what: 'an import in deno.json',
    tests: 'js',
    path: 'deno.json',
    before: '{ "imports": { "@std/assert": "jsr:@std/assert@1" } }',
    after: '{ "imports": { "@std/assert": "jsr:@std/assert@1.1", "@/": "./src/" } }',
  },
  created('js', 'src/cart.ts'),
  created('js', 'test/new.test.js', "it('x', () => { onlyIf(true) })"),
  created('js', 'test/new.test.js', "it('x', () => { expect(cart.items.only).toBe(1); benefit(2) })"),
  created('js', 'src/only.ts', 'describe.only(1)'),
  created('php', 'tests/NewTest.php', "<?php $request->only(['a']); $this->input()->only('b');"),
  created('rb', 'spec/new_spec.rb', "it 'fits' do\n  page.focus\nend"),
  created('py', 'tests/test_new.py'),
  ...[
    '',
    '# here\n\n',
    '\ufeff# -*- coding: utf-8 -*-\r\n"""Tests of the shop.\r\n\r\nimport: none, \\"quoted\\" """  # end\r\n',
    '\f\n \n"Tests."\n# end',
    "r'''It's here: \\d'''",
  ].map((text) => ({
    ...created('py', 'tests/__init__.py', text),
    what: `an __init__.py without code: ${JSON.stringify(text)}`,
  })),
  created('py', 'shop/_native.cpython-311-x86_64-linux-gnu.so'),
  created('py', 'parser.py'),
  created('js', 'tests/__pycache__/test_cart.cpython-311.pyc'),
  {
    what: 'bytecode that goes',
    tests: 'py',
    path: 'shop/__pycache__/cart.cpython-311.pyc',
    before: 'x',
  },
  created('py', 'tests/other/conftest.py'),
  created('py', 'shop/unittest.py'),
  created('py', 'jest.config.js'),
  created('js', 'pytest.ini'),
  created('js', 'packages/b/vitest.config.ts'),
  created('go', 'other/main_test.go', 'func TestMain(m *testing.M) {}'),
  created('js', 'tsconfig.json', '{ "extends": "@tsconfig/node20" }'),
  created('js', 'Makefile'),
  { ...created('js', 'Makefile'), what: 'a first Makefile', command: 'make test' },
  {
    what: 'a Makefile that tests do not go through',
    tests: 'js',
    path: 'Makefile',
    before: 'a',
    after: 'b',
    command: 'npm test',
  },
  {
    what: 'a first package.json',
    tests: 'js',
    path: 'package.json',
    after: pkg({ type: 'module', scripts: { test: 'node --test' }, devDependencies: { mocha: '^11.0.0' } }),
    command: 'npm test',
  },
  {
    what: 'new dependencies, another version of a runner, a new script, another build',
    tests: 'js',
    path: 'package.json',
    before: pkg({
      scripts: { test: 'npm run build && mocha', build: 'tsc' },
      devDependencies: { mocha: '^11.0.0' },
      workspaces: ['a'],
    }),
    after: pkg({
      type: 'module',
      scripts: {
        test: 'npm run build && mocha',
        build: 'vite build',
        'test:cart': 'mocha cart',
        start: 'node .',
      },
      dependencies: { zod: '^4.0.0', own: 'file:../own' },
      devDependencies: { mocha: '~11.1.0 || >=12.0.0-beta.1', '@types/mocha': 'latest' },
      overrides: { lodash: '4.17.21' },
      workspaces: ['a', 'b'],
    }),
    command: 'npm test',
  },
  {
    what: 'dependencies in pyproject.toml',
    tests: 'py',
    path: 'pyproject.toml',
    before: '[project]\nname = "a"\n[tool.pytest.ini_options]\naddopts = "-q"\n',
    after:
      '[tool.pytest.ini_options]\naddopts = "-q"\n[project]\nname = "a"\ndependencies = ["flask"]\n[tool.ruff]\n',
  },
  {
    what: 'metadata in setup.cfg',
    tests: 'py',
    path: 'setup.cfg',
    before: '[metadata]\nname = a\n',
    after: '[metadata]\nname = b\n',
  },
  {
    what: 'dependencies in Cargo.toml',
    tests: 'rs',
    path: 'Cargo.toml',
    before: '[package]\nname = "a"\n',
    after: '[package]\nname = "a"\n[dependencies]\nserde = "1"\n[dev-dependencies]\nx = "1"\n',
  },
  {
    what: 'a requirement in go.mod',
    tests: 'go',
    path: 'go.mod',
    before: 'module a\n',
    after: 'module a\nrequire b v1.0.0\n',
  },
  {
    what: 'dependencies in pom.xml',
    tests: 'java',
    path: 'pom.xml',
    before: '<project></project>',
    after: '<project><dependency><artifactId>junit</artifactId><scope>test</scope></dependency></project>',
  },
  {
    what: 'dependencies in build.gradle',
    tests: 'java',
    path: 'build.gradle',
    before: 'test { useJUnitPlatform() }\ndependencies {\n}\n',
    after: 'test { useJUnitPlatform() }\ndependencies {\n  testImplementation "org.junit:junit:5"\n}\n',
  },
  {
    what: 'the program that the command is about',
    tests: 'js',
    path: 'server.js',
    before: 'a',
    after: 'b',
    command: 'node server.js --dry-run',
  },
];

describe('a change that could alter protected tests', () => {
  for (const each of REFUSED) {
    it(`is refused: ${each.what}`, async () => {
      const reason = await effectOf(each);
      assert.ok(reason !== null);
      assert.ok(reason.includes(each.path) || each.command !== undefined, reason);
    });
  }

  it('is accepted if there are no tests, and it does not run at install', async () => {
    for (const { path, before, after, command = 'x', setup } of REFUSED) {
      // A script that a command starts is protected in any case, and so is what runs at install.
      const reached = await reachedBy(command, '', { [path]: before ?? '' });
      if (concernsInstall(path) || reached.has(path) || setup !== undefined) continue;
      const change = { path, before: before ?? null, after: after ?? null };
      const tests = {
        files: [],
        has: () => false,
        commands: [command],
        setup: [],
        reached,
        isInstalled: () => false,
      };
      assert.equal(exclusiveContent(change, tests) ?? configurationChange(change, tests), null, path);
    }
  });
});

describe('a change that is made to be slow', () => {
  it('has no more aliases compared with each other than a project has', async () => {
    const aliases = (name: string, count: number) =>
      JSON.stringify({
        compilerOptions: {
          paths: Object.fromEntries(Array.from({ length: count }, (_, n) => [`@${name}${n}/*`, ['x']])),
        },
      });
    const change = (count: number) => ({
      ...({ what: '', tests: 'js', path: 'tsconfig.json' } as const),
      before: aliases('a', count),
      after: aliases('b', count),
    });
    assert.match((await effectOf(change(1_001))) ?? '', /all of it, which cannot be read/);
    assert.doesNotMatch((await effectOf(change(100))) ?? '', /cannot be read/);
  });
});

describe('a requirement that could be read in more ways than there is time for', () => {
  for (const [what, line] of [
    ['operators that may be parts of versions', `x =1${'!a'.repeat(100)}@`],
    ['versions with several spaces between them', `x ${'==1   '.repeat(60)}@`],
  ] as const) {
    it(`is refused: ${what}`, async () => {
      for (const [path, after] of [
        ['requirements.txt', line],
        ['pyproject.toml', `[project]\nname = "a"\ndependencies = ["${line}"]\n`],
      ] as const) {
        const change = { what: '', tests: 'py', path, before: '', after } as const;
        assert.notEqual(await effectOf(change), null, path);
      }
    });
  }

  it('is accepted with any usual versions', async () => {
    const lines = [
      'a',
      'a==1',
      'a [x, y] >= 1.0 , < 2 ; python_version > "3"',
      'a(>=1,!=1.5)',
      'a==1!2.*',
      'a===x-1',
    ];
    const change = {
      what: '',
      tests: 'py',
      path: 'requirements.txt',
      before: '',
      after: lines.join('\n'),
    } as const;
    assert.equal(await effectOf(change), null);
  });
});

describe('a file that says how Bazel runs', () => {
  for (const path of ['WORKSPACE', 'WORKSPACE.bzlmod', '.bazelversion', '.bazelignore', '.bazelrc']) {
    it(`is protected, also a new one: ${path}`, async () => {
      assert.match((await effectOf(bazel('', path, undefined, 'x'))) ?? '', /the tests are run by/);
      assert.equal(await effectOf({ ...bazel('', path, undefined, 'x'), command: 'make' }), null);
    });
  }
});

describe('a script that the test command starts', () => {
  it('is protected where nothing looks like a test', async () => {
    const change = { path: 'check.sh', before: 'grep x y', after: 'true' };
    const tests = {
      files: [],
      has: () => true,
      commands: ['sh check.sh'],
      setup: [],
      reached: await reachedBy('sh check.sh', '', { 'check.sh': 'grep x y' }),
      isInstalled: () => false,
    };
    assert.match(configurationChange(change, tests) ?? '', /check\.sh/);
  });
});

describe('ordinary work', () => {
  for (const each of ALLOWED) {
    it(`is accepted: ${each.what} (${each.tests})`, async () => {
      assert.equal(await effectOf(each), null);
    });
  }

  it('may always include unchanged files', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...REFUSED), fc.string(), async (refused, text) => {
        assert.equal(await effectOf({ ...refused, before: text, after: text }), null);
      }),
    );
  });
});

describe('a new file that shadows a protected one', () => {
  const table: [string, string, boolean][] = [
    ['test/helper.js', 'test/helper.ts', true],
    ['test/foo.test.js', 'test/foo.test.ts', true],
    ['test/helper.js', 'test/helper/index.js', true],
    ['test/helper/package.json', 'test/helper/index.js', true],
    ['test/helper/index.ts', 'test/helper.js', true],
    ['tests/helpers/__init__.py', 'tests/helpers.py', true],
    ['tests/__init__.py', 'tests.py', true],
    ['tests/test_cart.cpython-311-x86_64-linux-gnu.so', 'tests/test_cart.py', true],
    ['tests/test_cart.pyd', 'tests/test_cart.py', true],
    ['tests/test_cart/__init__.abi3.so', 'tests/test_cart.py', true],
    ['test/Helper.js', 'test/helper.ts', true],
    ['tests/test_prog.o', 'tests/test_prog.c', true],
    ['tests/test_prog', 'tests/test_prog.c', true],
    ['tests/check.h.gch', 'tests/check.h', false],
    ['tests/ATest.class', 'tests/ATest.java', true],
    ['tests/test_data', 'tests/test_prog.c', false],
    ['src/test_prog.o', 'tests/test_prog.c', false],
    ['test/b.test.ts', 'test/a.test.ts', false],
    ['src/foo.js', 'src/foo.test.js', false],
    ['features/cart.feature', 'features/cart.js', false],
    ['tests/data.txt', 'tests/data.py', false],
    ['test/sub/helper.js', 'test/helper.js', false],
    ['package.json', 'index.test.js', false],
  ];
  for (const [path, file, is] of table) {
    it(`${path} ${is ? 'shadows' : 'does not shadow'} ${file}`, () => {
      assert.equal(
        findShadowedFile(path, [file], () => true),
        is ? file : null,
      );
      const folder = file.slice(0, Math.max(0, file.lastIndexOf('/')));
      if (is) assert.ok(foldersToSearch(path).includes(folder), `${folder} is not looked into`);
    });
  }
});
