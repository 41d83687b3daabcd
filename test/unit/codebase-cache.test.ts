import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { FactsCache } from '../../src/codebase/facts-cache.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { scratchFolder } from '../support/repository.js';

describe('the cache of the code index', function () {
  this.timeout(60_000);
  const scratch = scratchFolder();
  after(() => scratch.remove());
  let number = 0;
  let folder: string;
  const opened: FactsCache[] = [];
  beforeEach(() => {
    folder = join(scratch.path, `cache-${++number}`);
  });
  afterEach(() => {
    for (const cache of opened.splice(0)) cache.close();
  });

  const open = (limits?: ConstructorParameters<typeof FactsCache>[1]): FactsCache => {
    const cache = new FactsCache(folder, limits);
    cache.refresh();
    opened.push(cache);
    return cache;
  };
  const record = (text: string) => ({
    facts: Buffer.from(`facts of ${text}`),
    lines: Buffer.from(`lines of ${text}`),
  });
  const read = (cache: FactsCache, key: string) => [textOf(cache.facts(key)), textOf(cache.lines(key))];
  const textOf = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());
  const files = (): string[] => {
    const inner = join(folder, readdirSync(folder)[0] ?? '');
    return readdirSync(inner).map((name) => join(inner, name));
  };
  const onlyFile = (): string => {
    const [file, ...others] = files();
    assert.deepEqual(others, []);
    return file ?? assert.fail();
  };

  it('gives back what was added, to other processes too, and creates nothing before', async () => {
    const cache = open();
    assert.equal(cache.facts('a'), null);
    assert.equal(existsSync(folder), false);
    const other = open();
    await cache.add('a', record('a'));
    await cache.add('b', record('b'));
    assert.deepEqual(read(cache, 'a'), ['facts of a', 'lines of a']);
    assert.equal(other.facts('a'), null);
    other.refresh();
    assert.deepEqual(read(other, 'b'), ['facts of b', 'lines of b']);
    assert.deepEqual(read(open(), 'a'), ['facts of a', 'lines of a']);
  });

  it('is for its owner only', async () => {
    await open().add('a', record('a'));
    assert.equal(statSync(onlyFile()).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('loses one record at most when it is cut off, and takes new ones', async () => {
    const cache = open();
    for (const key of ['a', 'b']) await cache.add(key, record(key));
    const whole = readFileSync(onlyFile());
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(onlyFile(), whole.subarray(0, length));
      const again = open();
      const found = ['a', 'b'].filter((key) => again.facts(key) !== null);
      assert.deepEqual(found, length < whole.length / 2 ? [] : ['a'], String(length));
    }
    const last = open();
    await last.add('b', record('new'));
    assert.deepEqual(read(open(), 'b'), ['facts of new', 'lines of new']);
  });

  it('counts a damaged record as missing, wherever the damage is, and replaces it', async () => {
    const cache = open();
    for (const key of ['a', 'b']) await cache.add(key, record(key));
    const file = onlyFile();
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(255 - damaged.readUInt8(at), at);
      writeFileSync(file, damaged);
      const again = open();
      for (const key of ['a', 'b']) {
        const [facts] = read(again, key);
        assert.ok(facts === null || facts === `facts of ${key}`, `byte ${at}`);
      }
    }
    const again = open();
    await again.add('a', record('a'));
    await again.add('b', record('b'));
    assert.deepEqual(read(open(), 'a'), ['facts of a', 'lines of a']);
    assert.deepEqual(read(open(), 'b'), ['facts of b', 'lines of b']);
  });

  it('ignores what is no file of its own', async () => {
    await open().add('a', record('a'));
    const inner = join(onlyFile(), '..');
    writeFileSync(join(inner, 'zzz.facts'), 'nonsense'.repeat(100));
    appendFileSync(join(inner, 'notes.txt'), 'x');
    assert.deepEqual(read(open(), 'a'), ['facts of a', 'lines of a']);
  });

  it('stays within its size: the oldest records go', async () => {
    const cache = open({ fileBytes: 1_000, totalBytes: 4_000, files: 100 });
    for (let at = 0; at < 200; at++) await cache.add(`key-${at}`, record(String(at)));
    const total = files().reduce((sum, file) => sum + statSync(file).size, 0);
    assert.ok(total <= 5_200, String(total));
    const again = open();
    assert.equal(again.facts('key-0'), null);
    assert.deepEqual(read(again, 'key-199'), ['facts of 199', 'lines of 199']);
    // A process that has read them before still can.
    assert.deepEqual(read(cache, 'key-0'), ['facts of 0', 'lines of 0']);
  });

  it('puts small files together that their processes have left', async () => {
    const limits = { fileBytes: 100_000, totalBytes: 10_000_000, files: 4 };
    for (let at = 0; at < 6; at++) {
      const cache = new FactsCache(folder, limits);
      await cache.add(`key-${at}`, record(String(at)));
      cache.close();
    }
    const old = new Date(Date.now() - 3_600_000);
    for (const file of files()) utimesSync(file, old, old);
    await open(limits).add('last', record('last'));
    assert.equal(files().length, 2);
    const again = open();
    for (let at = 0; at < 6; at++)
      assert.deepEqual(read(again, `key-${at}`), [`facts of ${at}`, `lines of ${at}`]);
  });

  it('goes on without a folder that it can write to', async () => {
    writeFileSync(folder, 'a file');
    const cache = open();
    await cache.add('a', record('a'));
    assert.equal(cache.facts('a'), null);
  });

  it('keeps every complete record of processes that write at once and are killed', async () => {
    const writer = `
      import { FactsCache } from ${JSON.stringify(join(packageRoot, 'src/codebase/facts-cache.ts'))};
      const cache = new FactsCache(process.argv[1]);
      for (let at = 0; ; at++) {
        const key = process.argv[2] + '-' + at;
        await cache.add(key, { facts: Buffer.from('facts of ' + key), lines: Buffer.alloc(5_000, key) });
        process.stdout.write(key + '\\n');
      }`;
    const children = ['one', 'two'].map((name) =>
      spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', writer, folder, name], {
        cwd: packageRoot,
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const written = await Promise.all(
      children.map(async (child) => {
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.length > 1_000) child.kill('SIGKILL');
        });
        await once(child, 'close');
        return text.split('\n').slice(0, -1);
      }),
    );
    const cache = open();
    for (const key of written.flat()) assert.equal(textOf(cache.facts(key)), `facts of ${key}`);
    assert.ok(written.every((keys) => keys.length > 50));
  });
});
