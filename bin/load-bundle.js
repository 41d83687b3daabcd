/**
 * Loads programs of the bundle with the code that Node compiled for them before. Without, a worker takes a third longer to
 * load, and a short command a fifth.
 *
 * Node 22 or newer keeps compiled code by itself. Older ones get the same here: V8's own data for each file, made once the
 * file has run, so that it has the functions that a start needs. Where it cannot be written, Node compiles each time.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const bundle = join(dist, 'bundle');
const cache = join(dist, 'compile-cache');
const requireInBundle = createRequire(join(bundle, 'any.cjs'));

/** V8 takes compiled code from the same version with the same options only. */
const compatible = join(cache, cachedDataVersionTag().toString(16));

/** What precedes the compiled code in its file: the checksums of the source and of the code, four bytes each. */
const HEADER_BYTES = 8;

/**
 * When a service has started. It keeps compiled code then, because V8 later forgets functions that only the start needed. Most
 * start within three seconds.
 */
const STARTED_MS = 10_000;

const WRAPPER = ['(function (exports, require, module, __filename, __dirname) { ', '\n})'];

/** The files that have been loaded, as modules in the sense of CommonJS. */
const loaded = new Map();

/** The files whose compiled code is to be kept: the script and the checksum of its source. */
const compiled = new Map();

/**
 * Runs a program of the bundle.
 * @param {string} program its file in `dist/bundle`, without the ending `.cjs`
 * @returns what it exports
 */
export function loadProgram(program) {
  if (module.enableCompileCache === undefined) return loadFile(`./${program}.cjs`);
  module.enableCompileCache(cache);
  return requireInBundle(`./${program}.cjs`);
}

/** Files of the bundle load each other by `./` and their names. */
function loadFile(name) {
  if (!name.startsWith('./')) return requireInBundle(name);
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const loading = { exports: {} };
  loaded.set(name, loading);
  const file = join(bundle, name);
  try {
    const run = compile(name, file).runInThisContext();
    run(loading.exports, loadFile, loading, file, bundle);
  } catch (error) {
    // As Node does: who asks again gets the error again, not half a module.
    loaded.delete(name);
    throw error;
  }
  return loading.exports;
}
loadFile.resolve = requireInBundle.resolve;

/** Where the compiled code of a file is kept. */
function cachePath(name) {
  return join(compatible, `${name}.code`);
}

function compile(name, file) {
  const source = readFileSync(file);
  const sourceSum = crc32(source);
  const cachedData = readCompiled(name, sourceSum);
  const script = new Script(WRAPPER.join(source.toString()), {
    filename: file,
    columnOffset: -WRAPPER[0].length,
    cachedData,
  });
  if (cachedData === undefined || script.cachedDataRejected) {
    if (compiled.size === 0) keepLater();
    compiled.set(name, { script, sourceSum });
  }
  return script;
}

/** V8 ends the process over damaged code: a file with a wrong checksum is as none. */
function readCompiled(name, sourceSum) {
  let content;
  try {
    content = readFileSync(cachePath(name));
  } catch {
    return undefined;
  }
  if (content.length <= HEADER_BYTES || content.readUInt32LE(0) !== sourceSum) return undefined;
  const code = content.subarray(HEADER_BYTES);
  return content.readUInt32LE(4) === crc32(code) ? code : undefined;
}

function keepLater() {
  process.once('exit', keepCompiled);
  setTimeout(keepCompiled, STARTED_MS).unref();
}

/** Several processes may write a file at once: the checksum tells whether one has it whole. */
function keepCompiled() {
  process.removeListener('exit', keepCompiled);
  try {
    mkdirSync(compatible, { recursive: true });
    for (const [name, { script, sourceSum }] of compiled) {
      const code = script.createCachedData();
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt32LE(sourceSum, 0);
      header.writeUInt32LE(crc32(code), 4);
      writeFileSync(cachePath(name), Buffer.concat([header, code]));
    }
  } catch {
    // The package belongs to somebody else, or the disk is full: each start compiles, as the first one did.
  }
  compiled.clear();
}
