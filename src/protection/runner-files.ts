/**
 * Files that decide which tests a runner runs, and how, by the language of the tests. Data: what is listed here is
 * listed in docs/security.md, with the reasons.
 */
import { compileGlob, type Glob } from '../plan/glob.js';

/** The endings of a language's files. */
export const LANGUAGES = {
  javascript: ['js', 'cjs', 'mjs', 'jsx', 'ts', 'cts', 'mts', 'tsx', 'vue', 'svelte', 'feature'],
  python: ['py', 'feature'],
  ruby: ['rb', 'feature'],
  php: ['php', 'phpt', 'feature'],
  go: ['go'],
  rust: ['rs'],
  jvm: ['java', 'kt', 'kts', 'groovy', 'scala', 'feature'],
  dotnet: ['cs', 'fs', 'vb', 'feature'],
  c: ['c', 'cc', 'cpp', 'cxx', 'm', 'mm'],
} as const;
export type Language = keyof typeof LANGUAGES;

interface RunnerFiles {
  readonly languages: readonly Language[];
  readonly globs: readonly Glob[];
}

const runnerFiles = (languages: readonly Language[], names: readonly string[]): RunnerFiles => ({
  languages,
  globs: names.map((name) => compileGlob(`**/${name}`)),
});

/**
 * The configuration of runners and of what loads the tests' code for them. Nothing else is in these files, so that
 * ordinary work leaves them alone.
 */
const CONFIGURATION: readonly RunnerFiles[] = [
  runnerFiles(
    ['javascript'],
    [
      // runners
      '.mocharc*',
      '{jest,vitest,ava,playwright,cypress,web-test-runner,stencil}.config.*',
      'jest-playwright.config.*',
      'vitest.workspace.*',
      'vitest.projects.*',
      'jest-preset.*',
      'cypress.json',
      '{karma,wdio,nightwatch,protractor,codecept}.conf*.*',
      '{jasmine,.jasmine}.{json,js,mjs,cjs}',
      '.{taprc,ava,testcaferc,uvu}*',
      'cucumber.{js,cjs,mjs,json,yaml,yml}',
      'test/mocha.opts',
      // what compiles the tests
      'babel.config.*',
      '.babelrc*',
      '.swcrc',
      // coverage tools load what they are told to into the tests' process
      '.{nycrc,c8rc}*',
      'nyc.config.*',
      // package managers: which shell runs `npm test`, with which options of node, from which program
      '.npmrc',
      '.yarnrc',
      '.yarnrc.yml',
      '.pnpmfile.{cjs,mjs}',
      '.pnp.{cjs,js}',
      '.pnp.loader.mjs',
      'bunfig.toml',
      'node_modules/**/*',
    ],
  ),
  runnerFiles(
    ['python'],
    [
      'conftest.py',
      '{pytest,.pytest}.{ini,toml}',
      '.coveragerc',
      '{nose2,unittest}.cfg',
      'noxfile.py',
      // loaded by every Python that finds them on its path
      '{sitecustomize,usercustomize}.py',
      '*.pth',
      'site-packages/**/*',
    ],
  ),
  runnerFiles(['ruby'], ['.rspec', '.rspec-local', '.minitest', 'cucumber.{yml,yaml}', '.bundle/config']),
  runnerFiles(['php'], ['{phpunit,phpunit.dist}.xml', 'phpunit.xml.dist', 'codeception*.yml', 'behat*.yml']),
  runnerFiles(['go'], ['go.work']),
  runnerFiles(['rust'], ['.config/nextest*.toml', '.cargo/config', '.cargo/config.toml']),
  runnerFiles(['jvm'], ['.mvn/**/*', 'junit-platform.properties', 'testng.xml', 'gradle.properties']),
  runnerFiles(
    ['dotnet'],
    [
      '*.runsettings',
      'xunit.runner.json',
      '*.xunit.runner.json',
      'testconfig.json',
      'Directory.Build.{props,targets}',
    ],
  ),
  runnerFiles(['c'], ['CTestCustom.{cmake,ctest}', 'CTestConfig.cmake', 'CMake*Presets.json']),
];

/** Folders that stand for the folder above them. */
const IN_FOLDER = /(?:^|\/)(?:\.config|\.cargo|\.mvn|\.bundle|node_modules|site-packages)\/.*$/;

/** The languages whose tests a runner's configuration at this path is for; none for any other file. */
export function configuredLanguages(path: string): readonly Language[] {
  return CONFIGURATION.filter(({ globs }) => globs.some((glob) => glob(path))).flatMap(
    ({ languages }) => languages,
  );
}

/** Read from wherever the path of a Python leads. */
const ANYWHERE = /(?:^|\/)(?:(?:site|user)customize\.py|[^/]+\.pth)$/;

/** The folder whose tests a file configures: its own, or the one above a folder that is there for tools. */
export function reachOf(path: string): string {
  if (ANYWHERE.test(path)) return '';
  const folder = IN_FOLDER.exec(path);
  if (folder !== null) return path.slice(0, folder.index);
  return folderOf(path);
}

/** '' for what is at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** Whether a path ends like a file of one of the languages. */
export function isWrittenIn(path: string, languages: readonly Language[]): boolean {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return languages.some((language) => LANGUAGES[language].some((known) => known === ending));
}
