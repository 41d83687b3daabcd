import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParserThreads } from '../../src/codebase/parser-threads.js';
import { NO_RECORD } from '../../src/codebase/read-text.js';
import { encodeRecord } from '../../src/codebase/record.js';
import { scratchFolder } from '../support/repository.js';

/** A thread that does what a file says, when it is parsed. */
const THREAD = `
import { parentPort, workerData } from 'node:worker_threads';
parentPort.on('message', ({ bytes, language }) => {
  const text = Buffer.from(bytes).toString();
  if (language !== null && text === 'no grammar') throw new Error('the grammar is missing');
  Atomics.add(workerData.started, 0, 1);
  if (text === 'crash always') process.exit(1);
  if (language !== null && text === 'hang') for (;;);
  if (language !== null && text === 'crash') throw new Error('a broken grammar');
  if (language !== null && text === 'memory') for (const all = []; ; ) all.push(new Array(1e5).fill(1.5));
  parentPort.postMessage({ facts: Buffer.from(text + ' ' + language), lines: Buffer.alloc(0), wastedMs: 0 });
});`;

describe('the threads of the code index', function () {
  this.timeout(60_000);
  const scratch = scratchFolder();
  const thread = join(scratch.path, 'thread.mjs');
  let threads: ParserThreads;
  before(() => writeFileSync(thread, THREAD));
  after(() => scratch.remove());
  beforeEach(() => {
    threads = new ParserThreads({ thread, hangMs: 5_000, wasteMs: 60_000 });
  });
  afterEach(() => threads.close());

  const parse = (text: string, language: string | null = 'go') =>
    threads.parse(() => Promise.resolve(Buffer.from(text)), language);
  const factsOf = async (text: string, language?: string | null): Promise<string> =>
    Buffer.from((await parse(text, language))?.facts ?? '').toString();

  it('parse many files, each its own', async () => {
    const texts = Array.from({ length: 200 }, (_, at) => `file ${at}`);
    assert.deepEqual(
      await Promise.all(texts.map((text) => factsOf(text))),
      texts.map((text) => `${text} go`),
    );
  });

  for (const fault of ['hang', 'crash', 'memory']) {
    it(`survive a file that makes a grammar ${fault}: it counts by its words, and the others are parsed`, async () => {
      const texts = ['a', fault, 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
      const found = await Promise.all(texts.map((text) => factsOf(text)));
      assert.deepEqual(
        found,
        texts.map((text) => `${text} ${text === fault ? 'null' : 'go'}`),
      );
      assert.equal((await parse(fault))?.isFinal, true);
    });
  }

  it('give up on a file that crashes them in any case', async () => {
    await parse('a');
    const file = await parse('crash always');
    assert.deepEqual(Buffer.from(file?.facts ?? ''), Buffer.from(encodeRecord(NO_RECORD).facts));
    assert.equal(file?.isFinal, true);
    assert.equal(await factsOf('b'), 'b go');
  });

  it('take a thread that dies before it parses for no fault of the file', async () => {
    await parse('a');
    const file = await parse('no grammar');
    assert.equal(Buffer.from(file?.facts ?? '').toString(), 'no grammar null');
    assert.equal(file?.isFinal, false);
  });

  it('stop parsing when files have wasted too much time, which is not remembered', async () => {
    threads = new ParserThreads({ thread, hangMs: 5_000, wasteMs: 1_000 });
    await parse('a');
    const files = await Promise.all(Array.from({ length: 30 }, (_, at) => parse(at < 10 ? 'crash' : 'b')));
    assert.ok(files.slice(20).every((file) => file?.isFinal === false));
    assert.ok(
      files.every(
        (file) =>
          !Buffer.from(file?.facts ?? '')
            .toString()
            .startsWith('crash go'),
      ),
    );
    // Once there is nothing more to do, they begin anew.
    assert.equal(await factsOf('c'), 'c go');
  });

  it('report that they cannot start, and forget nothing because of it', async () => {
    threads = new ParserThreads({
      thread: join(scratch.path, 'missing.mjs'),
      hangMs: 1_000,
      wasteMs: 10_000,
    });
    const files = await Promise.allSettled(Array.from({ length: 100 }, () => parse('a')));
    assert.ok(files.every((file) => file.status === 'rejected' || file.value?.isFinal === false));
    assert.ok(files.some((file) => file.status === 'rejected' && /cannot parse/.test(String(file.reason))));
  });

  it('pass on that a file is not to be parsed, or cannot be read', async () => {
    assert.equal(await threads.parse(() => Promise.resolve(null), 'go'), null);
    await assert.rejects(
      threads.parse(() => Promise.reject(new Error('the disk is gone')), 'go'),
      /disk is gone/,
    );
    assert.equal(await factsOf('a'), 'a go');
  });

  it('reject what waits when they are closed', async () => {
    const waiting = Promise.allSettled([parse('hang'), parse('hang'), parse('a')]);
    await threads.close();
    for (const file of await waiting)
      assert.match(file.status === 'rejected' ? String(file.reason) : '', /closed/);
  });
});
