import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_SIGNATURE } from '../../src/codebase/file-facts.js';
import { readText } from '../../src/codebase/read-text.js';
import { decodeFacts, decodeLines, encodeRecord } from '../../src/codebase/record.js';
import { namesIn, splitName } from '../../src/codebase/words.js';

describe('words of the code index', () => {
  const NAMES: readonly (readonly [string, readonly string[]])[] = [
    ['parsePlan', ['parse', 'plan']],
    ['HTTPServer2Go', ['http', 'server', 'go']],
    ['MAX_FILE_BYTES', ['max', 'file', 'bytes']],
    ['$scope', ['scope']],
    ['x', []],
    ['aB', []],
    ['größeÄndern', ['größe', 'ändern']],
    ['ЗаказКлиента', ['заказ', 'клиента']],
    ['x'.repeat(41), []],
  ];
  for (const [name, words] of NAMES) {
    it(`of ${name} are ${words.join(', ') || 'none'}`, () => assert.deepEqual(splitName(name), words));
  }

  it('are found in any text', () => {
    const names = (text: string): string[] => [...namesIn(text)].map(([name]) => name);
    assert.deepEqual(names('a.b(c_1) 2x "ünder"'), ['a', 'b', 'c_1', 'x', 'ünder']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { facts } = readText(text, null, null);
        assert.equal(facts.words.texts.length, facts.words.counts.length);
        assert.equal(new Set(facts.words.texts).size, facts.words.texts.length);
        assert.deepEqual([facts.symbols, facts.references.texts, facts.language], [[], [], null]);
      }),
    );
  });

  it('are counted, and the most frequent kept', () => {
    const text = `${'cart Cart cartItem '.repeat(3)}${Array.from({ length: 2_000 }, (_, at) => `word_${letters(at)}`).join(' ')}`;
    const { words } = readText(text, null, null).facts;
    assert.equal(words.texts.length, 300);
    assert.deepEqual([words.texts[0], words.counts[0]], ['word', 2_000]);
    assert.deepEqual([words.texts[1], words.counts[1]], ['cart', 9]);
  });

  it('survive being kept', () => {
    const record = readText('const a = 1;\nuse(a, bee);\nbee();', 'javascript', {
      definitions: [{ kind: 'constant', name: { start: 6, end: 7 }, line: 1, endLine: 1 }],
      prose: [],
    });
    assert.deepEqual(record.facts.references, { texts: ['bee', 'use'], counts: [2, 1] });
    const kept = encodeRecord(record);
    assert.deepEqual(
      decodeFacts(kept.facts, (text) => text),
      record.facts,
    );
    assert.deepEqual(
      [0, 1].map((at) => decodeLines(kept.lines, at)),
      [[2, 3], [2]],
    );
    assert.throws(() => decodeFacts(kept.facts.subarray(1), (text) => text));
    assert.throws(() => decodeFacts(kept.lines, (text) => text), /damaged/);
  });

  it('do not follow from a signature of any length', () => {
    const text = `${' '.repeat(500)}function name(${'x'.repeat(500)})`;
    const start = text.indexOf('name');
    const { symbols } = readText(text, 'javascript', {
      definitions: [{ kind: 'function', name: { start, end: start + 4 }, line: 1, endLine: 1 }],
      prose: [],
    }).facts;
    assert.equal(symbols[0]?.signature.length, MAX_SIGNATURE);
    assert.match(symbols[0].signature, /^name\(xxx/);
  });
});

/** A number in letters, so that each is a word of its own. */
function letters(number: number): string {
  return String(number).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
}
