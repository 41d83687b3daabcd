/** The files that commands and configuration name. Pure. */
import { isMadeProgram, SCRIPT, SCRIPT_FOR_TESTS, SHELL_SCRIPT, splitWords } from './test-command.js';

/** What a file is for: code that runs, or requirements of pip, of which some lines are ordinary work. */
export type FileUse = 'code' | 'requirements';

export interface NamedFile {
  /** The paths that the name may stand for, relative to the folder of the command; the first that exists is used. */
  readonly paths: readonly string[];
  readonly use: FileUse;
  /** Whether the command works without the file, and uses it as soon as it exists. */
  readonly isOptional: boolean;
  /** Whether each path is a pattern: all files that match are used, also new ones. */
  readonly isPattern?: true;
}

/** Where a command stands. */
export interface CommandPlace {
  /** Whether it runs at set-up, or notifies a person. What it starts there is never what a task is about. */
  readonly isSetup: boolean;
  /** Whether a person wrote it into the plan. It may name the program that the task is about (`node server.js`). */
  readonly isDirect: boolean;
}

/** Words of shells that read a file. A script may look first whether there is one. */
const SOURCES = /^(?:\.|source)$/;
/** A path without variables. */
const PLAIN = /^[\w./-]+$/;

/** Long options, and words of shells and build files, whose next word is a file that configures. */
const OPTION =
  /^(?:--?(?:config(?:uration)?|conf|env-file(?:-if-exists)?|(?:rc|make|task|just)?file|tsconfig|project|settings(?:-file)?|init-script|opts|requirement|constraint)|\.|source|import|load|mod|taskfile:)$/i;
/** Options whose value is a module, by a name that a program completes. */
const MODULE_OPTION =
  /^(?:-[pr].*|--?(?:require|import|(?:experimental-)?loader|(?:global-?)?(?:setup|teardown)\w*|(?:test-)?(?:reporter|runner|environment)|plugins?|preload))$/i;
/** Options that name what a command is about. */
const SUBJECT_OPTION =
  /^--(?:files?|specs?|inputs?|in|entry(?:-?point)?|main|app|target|source|src|include|exclude|cov|related|find-?related-?tests|module)$/i;
/** Short options that mean a file, and the programs for which they do: `test -f` means another thing. */
const SHORT_OPTION = /^-[cfpr]/;
const SHORT_OPTION_PROGRAMS =
  /(?:^|[\s/"'(@])(?:node|mocha|tsx|ts-node|jest|vitest|jasmine|ava|tap|c8|nyc|playwright|cucumber-js|pytest|py\.test|pip3?|uv|tox|nox|coverage|behave|g?make|just|rspec|ruby|phpunit|prove|bun|deno)(?=[\s"']|$)/;
const INSTALLS_REQUIREMENTS = /(?:^|[\s/])(?:pip3?|uv|pip-sync|pip-compile)\s/;

/** Programs that wrap the tests of a framework or a build. */
const WRAPPER = /(?:^|\/)(?:manage\.py|gradlew|mvnw|artisan|configure|phpunit|sbt|mill)$/;
/** Folders of programs that serve the work on a project. */
const TOOL_FOLDER = /(?:^|\/)(?:\.?ci|scripts?|tools?|tooling|hack|dev)\//;

/** Finds the files that the commands of a text name, and that decide what runs. */
export function namedFiles(text: string, place: CommandPlace): NamedFile[] {
  return text
    .slice(0, MAX_CHARS)
    .replace(/\\\r?\n/g, ' ')
    .split(/([;&|\r\n]+)/)
    .flatMap((part, index, parts) => {
      if (index % 2 === 1) return [];
      const command = part.slice(0, MAX_LINE).trim();
      return [...filesOfCommand(command, place), ...startedProgram(command, parts[index + 1] === '|')];
    });
}

/** Characters of a script that are examined: far more than a person writes by hand. */
const MAX_CHARS = 200_000;
/** Characters of one command that are examined. The patterns take quadratic time. */
const MAX_LINE = 2000;

function filesOfCommand(command: string, place: CommandPlace): NamedFile[] {
  const include = /^(-include|sinclude|include)\s+(.+)/.exec(command);
  if (include !== null) {
    return splitWords(include[2] ?? '').map((word) => ({
      paths: [pathOf(word)],
      use: 'code',
      isOptional: include[1] !== 'include',
      ...(PATTERN.test(word) ? { isPattern: true } : {}),
    }));
  }
  return [
    ...loopFiles(command, place),
    ...optionFiles(command),
    ...environmentFiles(command),
    ...programFiles(command, place),
  ];
}

const PATTERN = /[*?[]/;

/**
 * The files that a loop of a script goes through: `for each in checks/*.sh`. In the plan itself, a person may name so what a task
 * is about.
 */
function loopFiles(command: string, { isDirect }: CommandPlace): NamedFile[] {
  const [, words = ''] = /^for\s+\w+\s+in\s+(.+)/.exec(command) ?? [];
  return splitWords(isDirect ? '' : words)
    .filter((word) => PATTERN.test(word) && word.includes('/'))
    .map((word) => ({ paths: [pathOf(word)], use: 'code', isOptional: true, isPattern: true }));
}

/** Programs that read variables from a file of this name unasked: `PYTEST_ADDOPTS` in it leaves tests out. */
const READS_ENVIRONMENT =
  /(?:^|[\s/"'(@=])(?:(?:just|pipenv\s+run|react-scripts\s+test|(?:honcho|foreman|forego|nf)\s+(?:run|start)|dotenv\/config)(?=[\s"']|$)|(?:env-cmd|dotenvx?)\s+[^\s;&|])/;

function environmentFiles(command: string): NamedFile[] {
  if (!READS_ENVIRONMENT.test(command)) return [];
  return ['.env', '.env.test', '.env.local', '.env.test.local'].map((path) => ({
    paths: [path],
    use: 'code',
    isOptional: true,
  }));
}

function optionFiles(command: string): NamedFile[] {
  const hasShort = SHORT_OPTION_PROGRAMS.test(command);
  const installs = INSTALLS_REQUIREMENTS.test(command);
  const words = splitWords(command);
  const found = words.flatMap((word, index): NamedFile[] => {
    const short = hasShort && SHORT_OPTION.test(word);
    // `node -c file` only checks the file.
    if (short && /^-c/.test(word) && /(?:^|\/)node\s/.test(command)) return [];
    const value = short && word.length > 2 ? word.slice(2) : words[index + 1];
    if (
      value === undefined ||
      !(short || OPTION.test(word) || (/^--/.test(word) && MODULE_OPTION.test(word)))
    )
      return [];
    const isRequirements = installs && /^(?:-[rc]|--(?:requirement|constraint)$)/.test(word);
    return [
      {
        paths:
          MODULE_OPTION.test(word) && !isRequirements
            ? [...resolved(value), ...modulePaths(value)]
            : [pathOf(value)],
        use: isRequirements ? 'requirements' : 'code',
        isOptional: word === '--env-file-if-exists' || (SOURCES.test(word) && PLAIN.test(value)),
      },
    ];
  });
  // A value that belongs to a long option beyond doubt, whatever the option is called.
  const attached = [...command.matchAll(/\s(--[\w-]+)=["']?([^\s"']+)/g)]
    .filter(([, option = '']) => !SUBJECT_OPTION.test(option))
    .map(([, , value = '']): NamedFile => ({ paths: [pathOf(value)], use: 'code', isOptional: false }));
  return [...found, ...(installs ? [] : attached)];
}

/** Words in front of a program that starts it. */
const STARTS =
  /^(?:[({!]|if|while|until|then|do|else|exec|env|command|time|nohup|[A-Za-z_]\w*=.*|(?:\/(?:usr\/)?bin\/)?(?:env|sh|bash|dash|zsh))$/;
const SHELL = /(?:^|\/)(?:sh|bash|dash|zsh)$/;
/** A redirected standard output. */
const WRITES_FILE = /(?<![2&])>(?!&|\s*\/dev\/)/;

/**
 * The program that a command starts by its path, whatever its name: its exit code is the verdict, so it is no program that
 * a task is about. When another program judges its output, it may be that.
 */
function startedProgram(command: string, isPiped: boolean): NamedFile[] {
  const words = command
    .replaceAll(/=(?:"[^"]*"|'[^']*')/g, '=')
    .replace(/^[@+-]+(?=[\w./])/, '')
    .split(/\s+/)
    .map((word) => word.replaceAll(/["'`]/g, ''));
  // `env -u NAME`: the name of a variable is no path.
  const at = words.findIndex((word) => !STARTS.test(word) && !/^-|^[A-Z_]+$/.test(word));
  const word = words[at] ?? '';
  const path = pathOf(word);
  if (path === '' || !(word.includes('/') || SHELL.test(words[at - 1] ?? ''))) return [];
  const isMade = isMadeProgram(path);
  if (!isMade && (isPiped || WRITES_FILE.test(command))) return [];
  // A virtual environment links these names to each other, and keeps a file that is there.
  const python = /^(.*\/)python[\d.]*$/.exec(path)?.[1];
  const links = python === undefined ? [] : [`${python}python3`, `${python}python`];
  return [{ paths: [...new Set([path, ...links])], use: 'code', isOptional: isMade }];
}

function programFiles(command: string, { isSetup, isDirect }: CommandPlace): NamedFile[] {
  const isProgram = (path: string) =>
    SHELL_SCRIPT.test(path) ||
    WRAPPER.test(path) ||
    ((SCRIPT.test(path) || path.endsWith('/')) &&
      (isSetup || SCRIPT_FOR_TESTS.test(path) || (!isDirect && TOOL_FOLDER.test(path))));
  const operand =
    /(?:^|[\s/@"'(])(?:node|nodejs|tsx|ts-node|bun|babel-node)\s+(?:-\S+\s+)*([^-\s"'][^\s"']*)/.exec(
      command,
    );
  const module = /\bpython[\d.]*\s+(?:-\S+\s+)*-m\s+([\w.]+)/.exec(command);
  const names = [
    ...splitWords(command).map((word) => [pathOf(word)]),
    ...(operand?.[1] === undefined ? [] : [resolved(operand[1])]),
    ...(module?.[1] === undefined ? [] : [modulePaths(module[1])]),
  ];
  return names
    .filter((paths) => paths.some(isProgram))
    .map((paths) => ({ paths, use: 'code', isOptional: false }));
}

/** A word as a path: without what a shell or make writes before it, and without a folder that only they know. */
function pathOf(word: string): string {
  return word
    .replace(/^[@+-]+(?=[\w./])/, '')
    .replace(/^\$\{?\w+\}?\/|^\/+|^<rootDir>\//, '')
    .replace(/^(?:\.\/+)+/, '');
}

/** The files that Node.js tries for a path, in its order. */
export function resolved(word: string): string[] {
  const path = pathOf(word).replace(/\/+$/, '');
  if (path === '' || path === '.') return [];
  const files = ['', '.js', '.cjs', '.mjs', '.json', '.ts', '.cts', '.mts'].map((end) => `${path}${end}`);
  const indexes = ['package.json', 'index.js', 'index.cjs', 'index.mjs', 'index.ts'];
  return [...files, ...indexes.map((name) => `${path}/${name}`)];
}

/** The files that Python tries for the name of a module. */
function modulePaths(name: string): string[] {
  if (!/^[A-Za-z_][\w.]*$/.test(name)) return [];
  const path = name.replaceAll('.', '/');
  return [`${path}/__init__.py`, `${path}/__main__.py`, `${path}.py`];
}

/** Keys of runners' configuration whose values are files that run with the tests, in programs and in data. */
const CODE_KEYS =
  'setupFiles\\w*|globalSetup|globalTeardown|testEnvironment|runner|testRunner|reporters?|snapshotSerializers|resolver|transform|preset';
const DATA_KEYS = `${CODE_KEYS}|require|import|loader|file|helpers|preload|extends|ui`;
/** A list, a map, or a line with the items of a YAML list below it. Its parts are bounded: patterns take quadratic time. */
const VALUE =
  '\\[[^\\]]{0,2000}\\]|\\{[^}]{0,2000}\\}|[^\\n]{0,500}(?:\\n[ \\t]*-[ \\t][^\\n]{0,500}){0,100}';
const IN_CODE = new RegExp(`(?:^|[\\s,{["'])(?:${CODE_KEYS})["']?\\s*[:=]\\s*(${VALUE})`, 'g');
const IN_DATA = new RegExp(`(?:^|[\\s,{["'])(?:${DATA_KEYS})["']?\\s*[:=]\\s*(${VALUE})`, 'g');

/** The files that the configuration of a runner names, besides tests: what it loads first, and what it runs by. */
export function configuredFiles(text: string, isData: boolean): NamedFile[] {
  const values = [...text.slice(0, MAX_CHARS).matchAll(isData ? IN_DATA : IN_CODE)].map(([, value = '']) =>
    value.slice(0, MAX_LINE),
  );
  return values
    .flatMap((value) => value.split(/[\s"'`,[\]{}]+/))
    .filter((word) => /^(?:\.|<rootDir>|[\w-])[\w.<>/-]*$/.test(word) && /[./]/.test(word))
    .map((word) => ({ paths: resolved(word), use: 'code', isOptional: false }));
}

/** The modules that pytest loads, according to a `conftest.py` or a configuration file. */
export function pytestPlugins(text: string): NamedFile[] {
  const lists = text
    .slice(0, MAX_CHARS)
    .matchAll(/\bpytest_plugins[ \t]*=[ \t]*([[(][^\])]{0,2000}|[^\n]{0,500})/g);
  const options = text.slice(0, MAX_CHARS).matchAll(/(?:^|[\s"'=])-p[\s"',]*([\w.]+)/g);
  const names = [
    ...[...lists].flatMap(([, list = '']) => list.match(/[\w.]+/g) ?? []),
    ...[...options].map(([, name = '']) => name),
  ];
  return names.map((name) => ({ paths: modulePaths(name), use: 'code', isOptional: false }));
}

/** The requirements files that one names, relative to it. */
export function includedRequirements(text: string): NamedFile[] {
  return [
    ...text.slice(0, MAX_CHARS).matchAll(/^[ \t]*(?:-[rc]|--(?:requirement|constraint))[ \t=]*([^\s#]+)/gm),
  ].map(([, path = '']) => ({ paths: [pathOf(path)], use: 'requirements', isOptional: false }));
}
