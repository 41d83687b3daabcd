import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, formatList, formatUsd } from '../../src/shared/words/format.js';
import { cutTo, fit, plainLine, textWidth, wrapWords } from '../../src/cli/follow/plain-text.js';

describe('text on a terminal', () => {
  it('shows characters that could control the terminal', () => {
    assert.equal(plainLine('a\u001b[31mred\u001b[0m\r\n\tb'), String.raw`a\u001b[31mred\u001b[0m b`);
    assert.equal(
      plainLine('\u001b]0;title\u0007x\u009b2Jy\u0000'),
      String.raw`\u001b]0;title\u0007x\u009b2Jy\u0000`,
    );
    assert.equal(plainLine('user\u202etxt.exe\u2066'), String.raw`user\u202etxt.exe\u2066`);
  });

  it('is always one line without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(plainLine(text), /\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
      }),
    );
  });

  it('has a width in columns', () => {
    const widths: readonly (readonly [string, number])[] = [
      ['', 0],
      ['cart', 4],
      ['価格', 4],
      ['e\u0301', 1],
      ['👩‍💻', 2],
      ['✓', 1],
      ['Grüße – déjà vu…', 16],
      ['\u001b[31mred\u001b[39m', 3],
    ];
    for (const [text, width] of widths) assert.equal(textWidth(text), width, text);
  });

  it('is cut with an ellipsis, never inside a character', () => {
    assert.equal(cutTo('価格の計算', 5), '価格…');
    assert.equal(cutTo('cart', 4), 'cart');
    assert.equal(cutTo('shopping cart', 5), 'shop…');
    assert.equal(cutTo('e\u0301tude', 3), 'e\u0301t…');
    assert.equal(cutTo('cart', 0), '');
    assert.equal(fit('7', 3, 'right'), '  7');
  });

  it('is fitted to exactly the given width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, width) => {
        assert.equal(textWidth(fit(plainLine(text), width)), width);
      }),
    );
  });

  it('is broken between words, and never within one', () => {
    assert.deepEqual(wrapWords('Is it a or b?', 7), ['Is it a', 'or b?']);
    assert.deepEqual(wrapWords('read src/shop/cart.ts now', 6), ['read', 'src/shop/cart.ts', 'now']);
    assert.deepEqual(wrapWords('価格 の計算', 6), ['価格', 'の計算']);
    assert.deepEqual(wrapWords('', 6), ['']);
    assert.deepEqual(wrapWords('  indented text', 10), ['  indented', 'text']);
    const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => plainLine(text)));
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (all, width) => {
        const line = all.join(' ');
        const lines = wrapWords(line, width);
        assert.equal(lines.join(' '), line);
        for (const each of lines) assert.ok(textWidth(each) <= width || !each.includes(' '), each);
      }),
    );
  });

  it('has readable times, money and lists', () => {
    assert.deepEqual([0, 4_200, 123_000, 3_840_000, -5].map(formatDuration), [
      '0s',
      '4s',
      '2m 03s',
      '1h 04m',
      '0s',
    ]);
    assert.deepEqual([0, 0.0042, 1.5].map(formatUsd), ['$0.00', '$0.0042', '$1.50']);
    assert.equal(formatList(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
  });
});
