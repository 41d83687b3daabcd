import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encode, paint, styled, TerminalText } from '../../src/shared/words/terminal-text.js';
import { showInvisible, splitInvisible } from '../../src/shared/words/visible-text.js';

/** What no terminal may get: controls but tab and line feed, bidirectional controls, separators. */
const ACTIVE = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

describe('invisible characters', () => {
  it('become escape sequences', () => {
    const shown: readonly (readonly [string, string])[] = [
      ['\u001b]52;c;eA==\u0007', String.raw`\u001b]52;c;eA==\u0007`],
      ['\u009b2J\u007f\0\b', String.raw`\u009b2J\u007f\u0000\u0008`],
      ['a\r\n\tb\rc', 'a\\r\n\tb\\rc'],
      ['user\u202etxt.exe\u2066', String.raw`user\u202etxt.exe\u2066`],
      ['pass\u200bword\ufeff\u00ad\u2060\u3164', String.raw`pass\u200bword\ufeff\u00ad\u2060\u3164`],
      ['\u{e0041}\u{e007f}\u{e0100}', String.raw`\udb40\udc41\udb40\udc7f\udb40\udd00`],
      ['a\u200db\ufe0f', String.raw`a\u200db\ufe0f`],
    ];
    for (const [text, expected] of shown) assert.equal(showInvisible(text), expected);
  });

  it('stay where they belong to the writing', () => {
    for (const text of ['👩‍💻 ❤️ 1️⃣ 🏳️‍🌈', 'می‌خواهم', 'क्‍ष', 'déjà vu', 'שלום', '価格\n\t✓'])
      assert.equal(showInvisible(text), text);
  });

  it('of any text are none that act on a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(showInvisible(text), ACTIVE);
      }),
    );
  });

  it('of a JSON document are escaped without changing its value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = showInvisible(JSON.stringify({ text }));
        assert.doesNotMatch(shown, ACTIVE);
        assert.deepEqual(JSON.parse(shown), { text });
      }),
    );
  });

  it('are parts of their own for a display, and the parts are the text', () => {
    assert.deepEqual(splitInvisible('a\u202eb\u{e0041}'), [
      { kind: 'text', text: 'a' },
      { kind: 'invisible', codePoint: 'U+202E' },
      { kind: 'text', text: 'b' },
      { kind: 'invisible', codePoint: 'U+E0041' },
    ]);
    assert.deepEqual(splitInvisible(''), []);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const joined = splitInvisible(text).map((part) =>
          part.kind === 'text'
            ? part.text
            : String.fromCodePoint(Number.parseInt(part.codePoint.slice(2), 16)),
        );
        assert.equal(joined.join(''), text);
      }),
    );
  });
});

describe('terminal text', () => {
  it('encodes values, and keeps only colours of its own', () => {
    const red = new TerminalText('\u001b[31mred\u001b[39m');
    assert.equal(encode(styled`${red} ${'\u001b[32mgreen'} ${3}`), `${red.encoded} \\u001b[32mgreen 3`);
    assert.doesNotMatch(encode(paint.red('a\u001b[2Jb')), /\u001b\[2J/);
    assert.equal(encode('\u001b[31m'), String.raw`\u001b[31m`);
  });
});
