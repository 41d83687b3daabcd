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
      // A union that a later version may widen is worth a check that looks needless today.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // The SDK's own signatures want it: defineUpdate<void, [number]>.
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/dashboard/**/*.svelte', 'src/dashboard/**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // Without it a page that is shown twice over would mix up its rows.
      'svelte/require-each-key': 'error',
      'svelte/no-at-html-tags': 'error',
    },
  },
  {
    // Workflow code is replayed: nothing in it may touch a clock, randomness, I/O or the environment.
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
    // SQL has one home, where each statement has its reason and a test. Whatever else reads or writes the record goes
    // through Prisma's typed client. The runner of the migrations executes files.
    files: ['src/**/*.ts'],
    ignores: ['src/db/sql/**', 'src/db/migrate.ts', 'src/dashboard/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          'CallExpression[callee.property.name="query"]',
          'CallExpression[callee.property.name=/^\\$(query|execute)Raw/]',
          'TaggedTemplateExpression[tag.property.name=/^\\$(query|execute)Raw/]',
          'Literal[value=/^\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) /]',
          'TemplateElement[value.raw=/^\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) /]',
        ].map((selector) => ({ selector, message: 'SQL belongs in src/db/sql (defineStatement).' })),
      ],
    },
  },
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
