/**
 * The direction of imports, checked by `npm run lint`. CONTRIBUTING.md draws it. Type-only imports count too: a
 * reader follows them like any other.
 */

/** The folders of `src` from the bottom up. A folder imports from those before it, never from one after it. */
const LAYERS = [
  'contract',
  'shared',
  'launcher',
  'redaction',
  'results',
  'model',
  'plan',
  'git',
  'codebase',
  'protection',
  'tracing',
  'sandbox',
  'mcp',
  'db',
  'agent',
  'notifications',
  'activities',
  'workflows',
  'encryption',
  'runs',
  'worker',
  'server',
  'local-stack',
  'cli',
];

/** What the page may run: pure modules without Node. Of the server it imports the types of its routes only. */
const BROWSER_LAYERS = ['contract', 'shared', 'results', 'dashboard'];

const upward = LAYERS.slice(0, -1).map((layer, index) => ({
  name: `${layer}-imports-upward`,
  comment: `src/${layer} is below what it imports: move what both need further down.`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(?:${[...LAYERS.slice(index + 1), 'dashboard'].join('|')})/` },
}));

export default {
  forbidden: [
    {
      name: 'cycle',
      comment: 'Files that import each other have no order to read them in.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    ...upward,
    {
      name: 'server-code-in-the-browser',
      comment: 'The page imports contract, shared, results and types: nothing else belongs into its bundle.',
      severity: 'error',
      from: { path: '^src/dashboard/' },
      to: { path: `^src/(?!(?:${BROWSER_LAYERS.join('|')})/)`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'layer-without-a-place',
      comment: 'A new folder of src needs its place in LAYERS.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: `^src/(?!(?:${[...LAYERS, 'dashboard'].join('|')})/)` },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/db/generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.svelte', '.svelte.ts', '.cts'] },
  },
};
