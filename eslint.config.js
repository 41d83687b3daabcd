import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

const FILES = [
  'src/**/*.ts',
  'src/dashboard/**/*.svelte',
  'test/**/*.ts',
  'bench/**/*.ts',
  'scripts/**/*.ts',
  'vite.config.ts',
];

const SQL = [
  'CallExpression[callee.property.name="query"]',
  'CallExpression[callee.property.name=/^\\$(query|execute)Raw/]',
  'TaggedTemplateExpression[tag.property.name=/^\\$(query|execute)Raw/]',
  'Literal[value=/^\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) /]',
  'TemplateElement[value.raw=/^\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) /]',
].map((selector) => ({ selector, message: 'SQL belongs in src/db/sql (defineStatement).' }));

const STATE = [
  'Program > VariableDeclaration[kind!="const"]',
  'Program > ExportNamedDeclaration > VariableDeclaration[kind!="const"]',
  'Program > VariableDeclaration > VariableDeclarator > NewExpression[callee.name!="RegExp"]',
  'Program > ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > NewExpression[callee.name!="RegExp"]',
  'ClassBody > PropertyDefinition[static=true]',
].map((selector) => ({
  selector,
  message: 'Workflows share this module, so it holds no state: keep it in the workflow function.',
}));

export default tseslint.config(
  { ignores: ['dist/', 'src/db/generated/', 'examples/', 'node_modules/', 'temporal-config/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({
    ...config,
    files: FILES,
  })),
  ...svelte.configs.recommended,
  ...svelte.configs.prettier,
  {
    files: FILES,
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Loops with a constant condition are allowed: they end by `return` or `break`.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Signatures of Temporal's SDK need it: defineUpdate<void, [number]>.
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/dashboard/**/*.svelte', 'src/dashboard/**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // Without keys, Svelte reuses the wrong elements when the order of a list changes.
      'svelte/require-each-key': 'error',
      'svelte/no-at-html-tags': 'error',
      // One bindable property makes `let` of the whole `$props()`.
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
  {
    // Workflow code is replayed, so it must not use a clock, randomness, I/O or the environment.
    files: ['src/workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'fetch', 'performance', 'setImmediate', 'Buffer'],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            'node:*',
            '**/db/*',
            '**/git/*',
            '**/sandbox/*',
            '**/local-stack/*',
            '**/server/*',
            '**/cli/*',
          ],
        },
      ],
    },
  },
  {
    // All SQL is in src/db/sql, where each statement has its reason and a test. Other code uses Prisma's typed client.
    // The exception is migrate.ts, which executes the migration files.
    files: ['src/**/*.ts'],
    ignores: ['src/db/sql/**', 'src/db/migrate.ts', 'src/dashboard/**'],
    rules: {
      'no-restricted-syntax': ['error', ...SQL],
    },
  },
  {
    // All workflows of a worker share one instance of these modules (scripts/bundle-workflows.mjs).
    files: ['src/workflows/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...SQL, ...STATE] },
  },
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
