import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { runTool } from '../../src/local-stack/process/run-tool.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { scratchFolder } from '../support/repository.js';

/** Compiled code starts after the checksums of the source and of the code. */
const HEADER_BYTES = 8;

/** `bin/` with a bundle of its own: one function that is compiled, and one file that is loaded by another. */
describe('compiled code that is kept', function () {
  // Node itself keeps it from version 22 on.
  if ('enableCompileCache' in module) return;
  let root: string;
  const scratch = scratchFolder();
  let count = 0;
  after(() => scratch.remove());

  beforeEach(function () {
    root = join(scratch.path, String(count++));
    cpSync(join(packageRoot, 'bin'), join(root, 'bin'), { recursive: true });
    mkdirSync(join(root, 'dist', 'bundle'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    writeBundle('first');
  });

  function writeBundle(word: string): void {
    const bundle = join(root, 'dist', 'bundle');
    writeFileSync(
      join(bundle, 'main.cjs'),
      `const { say } = require('./words.cjs');\nexports.ended = Promise.resolve().then(() => say(__filename));\n`,
    );
    writeFileSync(
      join(bundle, 'words.cjs'),
      `const { basename } = require('node:path');\nexports.say = (file) => console.log('${word}', basename(file));\n`,
    );
  }

  async function leadwright(): Promise<string> {
    const ended = await runTool({
      command: process.execPath,
      args: [join(root, 'bin', 'leadwright.js')],
      env: {},
      timeoutMs: 30_000,
    });
    assert.equal(ended.stderr, '');
    assert.ok(ended.succeeded);
    return ended.stdout;
  }

  /** The files with compiled code, by their names. */
  function kept(): Map<string, string> {
    const cache = join(root, 'dist', 'compile-cache');
    const [compatible = ''] = readdirSync(cache);
    return new Map(
      readdirSync(join(cache, compatible)).map((name) => [name, join(cache, compatible, name)] as const),
    );
  }

  /** Dates the files with compiled code to 1970. */
  function makeOld(): void {
    for (const path of kept().values()) utimesSync(path, 0, 0);
  }

  /** The names of the files that were written since `makeOld`. */
  function written(): string[] {
    return [...kept()].flatMap(([name, path]) => (statSync(path).mtimeMs === 0 ? [] : [name])).sort();
  }

  it('serves the next start', async function () {
    assert.equal(await leadwright(), 'first main.cjs\n');
    assert.deepEqual([...kept().keys()].sort(), ['main.cjs.code', 'words.cjs.code']);
    makeOld();
    assert.equal(await leadwright(), 'first main.cjs\n');
    assert.deepEqual(written(), []);
  });

  it('does not serve another source of the same length', async function () {
    await leadwright();
    makeOld();
    writeBundle('other');
    assert.equal(await leadwright(), 'other main.cjs\n');
    assert.deepEqual(written(), ['words.cjs.code']);
  });

  for (const [damage, change] of [
    ['changed bytes', changeBytes],
    ['a lost end', (content: Buffer) => content.subarray(0, content.length / 2)],
    ['nothing in it', () => Buffer.alloc(0)],
  ] as const) {
    it(`is made again when a file has ${damage}`, async function () {
      await leadwright();
      for (const path of kept().values()) writeFileSync(path, change(readFileSync(path)));
      makeOld();
      assert.equal(await leadwright(), 'first main.cjs\n');
      assert.deepEqual(written(), ['main.cjs.code', 'words.cjs.code']);
    });
  }

  it('is not taken for loaded when the file fails: the next request fails too', async function () {
    const bundle = join(root, 'dist', 'bundle');
    writeFileSync(join(bundle, 'words.cjs'), "throw new Error('broken');\n");
    writeFileSync(
      join(bundle, 'main.cjs'),
      "const load = () => { try { require('./words.cjs'); return 'loaded'; } catch (error) { return error.message; } };\n" +
        'exports.ended = Promise.resolve().then(() => console.log(load(), load()));\n',
    );
    assert.equal(await leadwright(), 'broken broken\n');
  });

  it('is done without where it cannot be written', async function () {
    writeFileSync(join(root, 'dist', 'compile-cache'), 'a file where the folder would be');
    assert.equal(await leadwright(), 'first main.cjs\n');
    assert.equal(await leadwright(), 'first main.cjs\n');
  });
});

/** Changes every fourth byte behind V8's own header: of one changed byte V8 sometimes takes no notice. */
function changeBytes(content: Buffer): Buffer {
  const changed = Buffer.from(content);
  for (let at = HEADER_BYTES + 24; at < changed.length; at += 4) changed[at] = (changed[at] ?? 0) ^ 0x55;
  return changed;
}
