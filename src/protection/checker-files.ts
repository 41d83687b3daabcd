/**
 * Configuration of linters, type checkers and formatters. It decides what they check, so it decides a verdict when a command
 * that judges the work runs them, as runner-files.ts does for tests. Pure.
 */
import { compileGlob, type Glob } from '../plan/glob.js';

interface Checker {
  readonly name: string;
  readonly program: RegExp;
  readonly isConfiguration: Glob;
  readonly sections: readonly string[];
}

/**
 * @param programs how commands start it, as parts of a regular expression
 * @param files files that hold nothing but its settings
 * @param sections where its settings are in `package.json`, `pyproject.toml` (below `tool`) and `setup.cfg`
 */
const checker = (
  programs: readonly string[],
  files: readonly string[],
  sections: readonly string[] = [],
): Checker => {
  const globs = files.map((file) => compileGlob(`**/${file}`));
  return {
    name: programs[0] ?? '',
    program: commandPattern(programs),
    isConfiguration: (path) => globs.some((glob) => glob(path)),
    sections,
  };
};

/** Finds one of some programs, given as parts of a regular expression, in a command. */
export function commandPattern(programs: readonly string[]): RegExp {
  return new RegExp(`(?:^|[\\s;&|(/"'])(?:${programs.join('|')})(?=[\\s"';:&|)@]|$)`);
}

/** Whether one of the commands runs a program, given as `commandPattern` makes it. */
export function isRun(program: RegExp, commands: readonly string[]): boolean {
  return commands.some((command) => program.test(command));
}

const CHECKERS: readonly Checker[] = [
  checker(
    ['eslint', 'next\\s+lint', 'ng\\s+lint'],
    ['eslint.config.*', '.eslintrc*', '.eslintignore'],
    ['eslintConfig', 'eslintIgnore'],
  ),
  checker(
    ['prettier'],
    ['prettier.config.*', '.prettierrc*', '.prettierignore', '.editorconfig', '.gitignore'],
    ['prettier'],
  ),
  checker(['tslint'], ['tslint.{json,yaml,yml}']),
  checker(['jshint'], ['.jshint{rc,ignore}'], ['jshintConfig']),
  checker(['xo'], ['.xo-config*', 'xo.config.*'], ['xo']),
  checker(['standard', 'ts-standard'], [], ['standard', 'ts-standard']),
  checker(['size-limit'], ['.size-limit*'], ['size-limit']),
  checker(['knip'], ['{,.}knip.{json,jsonc,ts,js}', 'knip.config.*'], ['knip']),
  checker(['cspell'], ['{,.}cspell.{json,jsonc,yaml,yml}', 'cspell.config.*'], ['cspell']),
  checker(['depcruise', 'dependency-cruise'], ['.dependency-cruiser*']),
  checker(['pa11y-ci'], ['.pa11yci*']),
  checker(['dprint'], ['{,.}dprint.{json,jsonc}', '.gitignore']),
  checker(['stylelint'], ['stylelint.config.*', '.stylelintrc*', '.stylelintignore'], ['stylelint']),
  checker(['biome'], ['{,.}biome.{json,jsonc}']),
  checker(['oxlint'], ['.oxlintrc.json', '.gitignore']),
  checker(['ruff'], ['{,.}ruff.toml', '.ignore', '.gitignore'], ['ruff']),
  checker(['flake8'], ['.flake8'], ['flake8']),
  checker(['pylint'], ['{,.}pylintrc{,.toml}'], ['pylint']),
  checker(['mypy', 'dmypy'], ['{,.}mypy.ini'], ['mypy']),
  checker(['pyright', 'basedpyright'], ['pyrightconfig.json'], ['pyright', 'basedpyright']),
  checker(['black'], ['.gitignore'], ['black']),
  checker(['bandit'], ['.bandit'], ['bandit']),
  checker(['ty'], ['ty.toml'], ['ty']),
  checker(['pyrefly'], ['pyrefly.toml'], ['pyrefly']),
  checker(['sqlfluff'], ['.sqlfluff{,ignore}'], ['sqlfluff']),
  checker(['isort'], ['.isort.cfg'], ['isort']),
  checker(['golangci-lint'], ['.golangci.{yml,yaml,toml,json}']),
  checker(['staticcheck'], ['staticcheck.conf']),
  checker(['clippy'], ['{,.}clippy.toml']),
  checker(['rustfmt', 'cargo\\s+fmt'], ['{,.}rustfmt.toml']),
  checker(['cargo\\s+deny'], ['{,.}deny.toml', '.cargo/deny.toml']),
  checker(['typos'], ['{,.,_}typos.toml', '.gitignore']),
  checker(['detekt'], ['detekt*.{yml,yaml}']),
  checker(['rubocop'], ['.rubocop*.yml']),
  checker(['standardrb'], ['.standard.yml']),
  checker(['phpstan'], ['phpstan*.neon*']),
  checker(['psalm'], ['psalm*.xml*']),
  checker(['phpcs'], ['{,.}phpcs.xml*']),
  checker(['php-cs-fixer'], ['.php-cs-fixer*']),
  checker(['swiftlint'], ['.swiftlint.yml']),
  checker(['clang-tidy'], ['.clang-tidy']),
  checker(['clang-format'], ['.clang-format', '.clang-format-ignore']),
  checker(['shellcheck'], ['.shellcheckrc']),
  checker(['yamllint'], ['.yamllint{,.yml,.yaml}']),
  checker(['markdownlint', 'markdownlint-cli2'], ['.markdownlint*']),
  checker(['luacheck'], ['.luacheckrc']),
  checker(['mix\\s+format'], ['.formatter.exs']),
];

/**
 * The checker that a file configures and that a command runs; null for others.
 * @param commands those that judge the work, with the scripts that they call
 */
export function configuredChecker(path: string, commands: readonly string[]): string | null {
  const found = CHECKERS.find(
    ({ isConfiguration, program }) => isConfiguration(path) && isRun(program, commands),
  );
  return found?.name ?? null;
}

/** The sections of files of mixed content that configure the checkers which commands run. */
export function checkerSections(commands: readonly string[]): string[] {
  return CHECKERS.filter(({ program }) => isRun(program, commands)).flatMap(({ sections }) => sections);
}
