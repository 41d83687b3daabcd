/** What the tests of a language need in the sandbox, where HOME is new and there is no network. Pure. */

/** Settings of a plan, and the reason for them. */
export interface SandboxNeeds {
  readonly setup: string;
  readonly env: readonly string[];
  /** One line for the plan. */
  readonly why: string;
}

export interface LanguageTemplate extends SandboxNeeds {
  readonly test: string;
}

export const LANGUAGES = ['typescript', 'python', 'go', 'rust'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Files at the root that say which packages the tests need, and so that the sandbox needs a set-up. */
const PACKAGE_LISTS: readonly (readonly [file: string, language: Language])[] = [
  ...['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'].map(
    (file) => [file, 'typescript'] as const,
  ),
  ...['uv.lock', 'requirements.txt'].map((file) => [file, 'python'] as const),
  ['go.sum', 'go'],
  ['Cargo.lock', 'rust'],
];

/** Its tests import a package of Python only once it is installed, also when it needs no other. */
const PYTHON_PACKAGE = ['pyproject.toml', 'setup.py'];
/** Beside one of these, a file of `PYTHON_PACKAGE` need not be what the tests are about. */
const OTHER_MANIFESTS = ['package.json', 'go.mod', 'Cargo.toml'];

/** The language whose packages a repository's tests need; null when no file at its root says so. */
export function detectLanguage(files: readonly string[]): Language | null {
  const has = (name: string) => files.includes(name);
  const listed = PACKAGE_LISTS.find(([file]) => has(file));
  if (listed !== undefined) return listed[1];
  return PYTHON_PACKAGE.some(has) && !OTHER_MANIFESTS.some(has) ? 'python' : null;
}

/**
 * The settings for a language.
 *
 * @param files the names of the files at the repository's root
 * @param detected the test command that they tell; null when they tell none
 * @param extras the extras for tests of the repository's Python package
 */
export function languageTemplate(
  language: Language,
  files: readonly string[],
  detected: string | null,
  extras: readonly string[] = [],
): LanguageTemplate {
  const has = (name: string) => files.includes(name);
  switch (language) {
    case 'typescript':
      return {
        setup: nodeSetup(has),
        env: ['TZ'],
        test: detected ?? 'npm test',
        why: 'node_modules is made once for each lock file, and mounted under the files of each test.',
      };
    case 'python':
      return {
        setup: pythonSetup(has, extras),
        env: ['PYTHONPATH', 'PIP_INDEX_URL', 'PIP_CERT'],
        test: has('uv.lock') ? 'uv run --offline pytest' : '.venv/bin/python -m pytest',
        why: 'The packages go into .venv, which is made once for each lock file.',
      };
    case 'go':
      return {
        setup: `go mod download && ${tried('go build ./... && go vet ./...')}`,
        env: ['GOFLAGS', 'GOPRIVATE', 'GOPROXY'],
        test: 'go test ./...',
        why: 'Modules and the build cache are in HOME, which the set-up fills once and each test gets.',
      };
    case 'rust':
      return {
        setup: `cargo fetch${has('Cargo.lock') ? ' --locked' : ''} && ${tried('cargo build --tests')}`,
        env: ['RUSTFLAGS'],
        test: 'cargo test --offline',
        why: 'Crates are in HOME and compiled dependencies in target, which the set-up makes once.',
      };
  }
}

/** A compilation that only fills caches: it may fail on tests of code that a task has yet to write. */
function tried(compilation: string): string {
  return `{ ${compilation} || true; }`;
}

type Has = (name: string) => boolean;

function nodeSetup(has: Has): string {
  if (has('pnpm-lock.yaml')) return 'pnpm install --frozen-lockfile';
  if (has('yarn.lock')) return 'yarn install --immutable || yarn install --frozen-lockfile';
  if (has('bun.lock') || has('bun.lockb')) return 'bun install --frozen-lockfile';
  return has('package-lock.json') || has('npm-shrinkwrap.json') ? 'npm ci' : 'npm install';
}

function pythonSetup(has: Has, extras: readonly string[]): string {
  if (has('uv.lock')) return 'uv sync --frozen --all-groups';
  const install = '.venv/bin/python -m pip install --disable-pip-version-check';
  const own = has('requirements.txt')
    ? ['-r requirements.txt']
    : PYTHON_PACKAGE.some(has)
      ? [extras.length === 0 ? '-e .' : `-e ".[${extras.join(',')}]"`]
      : [];
  const more = has('requirements-dev.txt') ? ['-r requirements-dev.txt'] : [];
  return `python3 -m venv .venv && ${install} pytest ${[...own, ...more].join(' ')}`.trimEnd();
}
