/**
 * What may end up in the two bundles that do not run in Node: the page, and the workflows in Temporal's sandbox.
 * Checked by `npm run lint`. Type-only imports are gone by then and do not count.
 */

/** Node's own modules, by either spelling. */
const NODE =
  '^(?:node:)?(?:async_hooks|child_process|crypto|dns|fs|http|https|net|os|path|process|stream|tls|url|util|v8|vm|worker_threads|zlib|perf_hooks|readline)(?:/|$)';

/** Folders with effects: they reach a database, a process, the file system or the network. */
const SERVER =
  '^src/(?:db|git|sandbox|agent|activities|runs|worker|server|local-stack|cli|redaction|model|encryption|notifications)/';

const bundle = (name, from) =>
  [NODE, SERVER].map((path, index) => ({
    name: `${name}-${index === 0 ? 'reaches-node' : 'reaches-server-code'}`,
    comment: `What src/${from} imports, however far away, is part of its bundle.`,
    severity: 'error',
    from: { path: `^src/${from}/` },
    to: { path, reachable: true },
  }));

/** Each open workflow evaluates its whole bundle, so a large library in it costs every agent memory. */
const schemasInWorkflows = {
  name: 'workflow-reaches-zod',
  comment:
    'The schema library takes 200 KiB in every open workflow. Import types, or move the schema to a file of its own.',
  severity: 'error',
  from: { path: '^src/workflows/' },
  to: { path: '(?:^|/)node_modules/zod/', reachable: true },
};

export default {
  forbidden: [...bundle('page', 'dashboard'), ...bundle('workflow', 'workflows'), schemasInWorkflows],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/db/generated/' },
    tsPreCompilationDeps: false,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.svelte', '.svelte.ts', '.cts'] },
  },
};
