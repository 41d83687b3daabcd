/**
 * Files that decide which tests a runner runs and how, by the language of the tests. docs/security.md lists the same
 * files, with the reasons.
 */
import { compileGlob, type Glob } from '../plan/glob.js';

/** The file name extensions of each language. */
export const LANGUAGES = {
  javascript: ['js', 'cjs', 'mjs', 'jsx', 'ts', 'cts', 'mts', 'tsx', 'vue', 'svelte', 'feature'],
  python: ['py', 'feature'],
  ruby: ['rb', 'feature'],
  php: ['php', 'phpt', 'feature'],
  perl: ['t', 'pl', 'pm'],
  go: ['go'],
  rust: ['rs'],
  jvm: ['java', 'kt', 'kts', 'groovy', 'scala', 'feature'],
  dotnet: ['cs', 'fs', 'vb', 'feature'],
  elixir: ['ex', 'exs'],
  swift: ['swift'],
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
 * Configuration files of test runners, and of what loads the tests' code for them. They hold nothing else, so ordinary
 * work does not change them.
 */
const CONFIGURATION: readonly RunnerFiles[] = [
  runnerFiles(
    ['javascript'],
    [
      // runners
      '.mocharc*',
      // Vite's plug-ins, aliases and computed keys apply to the tests of Vitest too.
      '{jest,vitest,vite,ava,playwright,playwright-ct,cypress,web-test-runner,stencil,craco,rstest}.config.*',
      'jest-{playwright,puppeteer}.config.*',
      'config-overrides.js',
      'vitest.workspace.*',
      'vitest.projects.*',
      '{jest-preset,jest.preset}.*',
      // found by these names alone
      'src/setupTests.*',
      'cypress/{support,plugins}/**/*',
      'cypress.json',
      '{karma,wdio,nightwatch,protractor,codecept}.conf*.*',
      'nightwatch.json',
      '{jasmine,.jasmine}.{json,js,mjs,cjs}',
      '.{taprc,ava,testcaferc,uvu}*',
      'cucumber.{js,cjs,mjs,json,yaml,yml}',
      'testem.{js,cjs,json}',
      '.labrc.js',
      'test/mocha.opts',
      // what compiles the tests
      'babel.config.*',
      '.babelrc*',
      '.swcrc',
      // coverage tools load configured modules into the tests' process
      '.{nycrc,c8rc}*',
      'nyc.config.*',
      // package managers: they choose the shell, the program and node's options for `npm test`
      '.npmrc',
      '.yarnrc',
      '.yarnrc.yml',
      '.pnpmfile.{cjs,mjs}',
      '.pnp.{cjs,js}',
      '.pnp.loader.mjs',
      // Yarn itself, and packages as it runs them, which nothing compares with the lock file
      '.yarn/{releases,plugins,cache,unplugged,patches}/**/*',
      'patches/**/*.patch',
      'pnpm-workspace.yaml',
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
      'behave.ini',
      '.behaverc',
      'noxfile.py',
      // loaded by every Python process that has them on its path
      '{sitecustomize,usercustomize}.*',
      '{sitecustomize,usercustomize}/**/*',
      '*.pth',
      'site-packages/**/*',
      // pytest leaves out a folder that looks like an environment
      'pyvenv.cfg',
      'conda-meta/**/*',
      '{bin,Scripts}/activate{,.*}',
    ],
  ),
  runnerFiles(
    ['ruby'],
    [
      '.rspec',
      '.rspec-local',
      '.simplecov',
      '.minitest',
      '{,config/}cucumber.{yml,yaml}',
      '.bundle/config',
      'vendor/{bundle,cache}/**/*',
      // found before the runners of these names, and what they load
      'lib/{minitest,rspec}.rb',
      'lib/minitest/{autorun,test,unit,spec,assertions,*_plugin}.rb',
      'lib/rspec/{core,autorun,expectations,mocks}.rb',
      'lib/test/unit.rb',
    ],
  ),
  runnerFiles(
    ['php'],
    [
      '{phpunit,phpunit.dist}.xml',
      'phpunit.xml.dist',
      'codeception*.yml',
      'behat*.{yml,yaml,php}',
      'behat.yml.dist',
      '{,.}phpspec.{yml,yml.dist}',
      'vendor/**/*',
    ],
  ),
  runnerFiles(
    ['perl'],
    [
      '.proverc',
      '.yath{,.user}.rc',
      '{Makefile,Build}.PL',
      // found before the modules of these names
      '{lib,blib/lib}/Test/{More,Simple,Builder,Harness,Most,Deep,Exception,Fatal,Differences,Warn}.pm',
      '{lib,blib/lib}/{Test/Builder,Test2,TAP}/**/*.pm',
      '{lib,blib/lib}/{strict,warnings,Carp,Exporter,overload,overloading,utf8,vars,constant,base,parent,feature,integer,bytes,re,version,threads,Config,Cwd,POSIX,Encode,Storable,Symbol,Socket,Fcntl,Errno,AutoLoader,XSLoader,DynaLoader,SelectSaver,IO,Benchmark,FindBin}.pm',
      '{lib,blib/lib}/{Scalar/Util,List/Util,Data/Dumper,File/Spec,File/Spec/Unix,File/Basename,File/Temp,File/Path,File/Find}.pm',
      '{lib,blib/lib}/{IO/Handle,IO/File,IO/Select,Time/HiRes,Time/Local,Term/ANSIColor,Tie/Hash,Tie/Array,Text/ParseWords}.pm',
      '{lib,blib/lib}/{Getopt/Long,threads/shared,warnings/register,PerlIO/scalar}.pm',
    ],
  ),
  runnerFiles(['go'], ['go.work', 'vendor/**/*']),
  runnerFiles(
    ['rust'],
    [
      '.config/nextest*.toml',
      '.cargo/config',
      '.cargo/config.toml',
      'vendor/**/*',
      'rust-toolchain{,.toml}',
      // what insta does with a snapshot that differs
      '{,.,.config/}insta.yaml',
    ],
  ),
  runnerFiles(
    ['jvm'],
    [
      '.mvn/**/*',
      '{gradlew,mvnw}{,.bat,.cmd}',
      'gradle/wrapper/**/*',
      'buildSrc/**/*',
      '{junit-platform,cucumber,kotest,archunit}.properties',
      'archunit_ignore_patterns.txt',
      'SpockConfig.groovy',
      'testng.xml',
      'gradle.properties',
      // the build of sbt, what it is compiled with, and its options
      '*.sbt',
      'project/{build.properties,*.scala}',
      '.{sbtopts,jvmopts}',
      // loaded from any folder of classes: runners find their listeners and filters there
      'META-INF/services/{org.junit,org.testng,org.spockframework,io.kotest,io.cucumber}.*',
    ],
  ),
  runnerFiles(['swift'], ['Package.swift', 'Package@swift-*.swift']),
  runnerFiles(
    ['dotnet'],
    [
      '*.runsettings',
      'xunit.runner.json',
      '*.xunit.runner.json',
      'testconfig.json',
      'Directory.{Build,Solution}.{props,targets}',
      '*.{slnf,slnx}',
      'global.json',
      '{nuget,NuGet}.{config,Config}',
      // what MSBuild reads beside a project
      '*.{cs,fs,vb}proj.user',
      '{Directory.Build,MSBuild}.rsp',
      '{before,after}.*.targets',
      '.config/dotnet-tools.json',
    ],
  ),
  runnerFiles(
    ['c'],
    [
      ...['CTestCustom.{cmake,ctest}', 'CTestConfig.cmake', 'CMake*Presets.json'],
      // found before the headers of these names, with which tests assert
      '{assert,ctype,errno,inttypes,limits,math,setjmp,stdarg,stdbool,stddef,stdint,stdio,stdlib,string,unistd}.h',
      '{cassert,cstdio,cstdlib,cstring,iostream}',
      '{gtest,gmock,catch2,doctest,boost/test}/**/*.{h,hpp}',
    ],
  ),
];

/** Tool folders: files in them configure the folder above. */
const TOOL_FOLDER =
  /(?:^|\/)(?:\.config|\.cargo|\.yarn|patches|\.mvn|gradle\/wrapper|buildSrc|config(?=\/cucumber\.ya?ml$)|\.bundle|node_modules|site-packages|vendor|conda-meta|(?:bin|Scripts)(?=\/activate)|(?:blib\/)?lib(?=\/.*\.(?:pm|rb)$))\/.*$/;

/** The languages whose tests a configuration file at this path is for; empty for any other file. */
export function configuredLanguages(path: string): readonly Language[] {
  return CONFIGURATION.filter(({ globs }) => globs.some((glob) => glob(path))).flatMap(
    ({ languages }) => languages,
  );
}

/** Loaded from any folder on the path of Python or of Java's classes, or of a build by sbt. */
const FROM_ANYWHERE =
  /(?:^|\/)(?:(?:site|user)customize[./].*|[^/]+\.pth|META-INF\/services\/.*|(?:junit-platform|cucumber|kotest|archunit)\.properties|archunit_ignore_patterns\.txt|SpockConfig\.groovy|[^/]+\.sbt|project\/(?:build\.properties|[^/]+\.scala))$/;

/** The folder whose tests a file configures: its own, or the one above its tool folder; '' for the whole repository. */
export function reachOf(path: string): string {
  if (FROM_ANYWHERE.test(path)) return '';
  const folder = TOOL_FOLDER.exec(path);
  if (folder !== null) return path.slice(0, folder.index);
  return folderOf(path);
}

/** The folder of a path; '' for a file at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** Whether a path has an extension of one of the languages. */
export function isWrittenIn(path: string, languages: readonly Language[]): boolean {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return languages.some((language) => LANGUAGES[language].some((known) => known === extension));
}
