import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findClosestLines } from '../../src/agent/changes/closest-lines.js';

const FILE = `import { round } from './round.js';

export function total(lines) {
  let sum = 0;
  for (const line of lines) {
    sum += line.price * line.count;
  }
  return round(sum);
}

export function count(lines) {
  let sum = 0;
  for (const line of lines) {
    sum += line.count;
  }
  return sum;
}
`;

describe('the closest lines', () => {
  const rows: readonly (readonly [string, string, ReturnType<typeof findClosestLines>])[] = [
    [
      'differ in indentation',
      'for (const line of lines) {\nsum += line.count;\n}',
      { first: 13, count: 3, by: 'white-space' },
    ],
    ['differ in inner white space', 'let   sum =  0;', { first: 4, count: 1, by: 'white-space' }],
    ['differ in blank lines around', '\n\n  return round(sum);\n', { first: 8, count: 1, by: 'white-space' }],
    [
      'differ in one of several lines',
      'export function count(lines) {\n  let total = 0;\n  for (const line of lines) {',
      { first: 11, count: 3, by: 'similarity' },
    ],
    ['are similar', '  return round(total);', { first: 8, count: 1, by: 'similarity' }],
    ['do not exist', 'class Basket extends Map {}', null],
    ['do not exist for blank text', ' \n\n', null],
    ['end with the file', 'return sum;\n}\nmore();', { first: 16, count: 3, by: 'similarity' }],
  ];
  for (const [what, wanted, expected] of rows) {
    it(what, () => assert.deepEqual(findClosestLines(FILE, wanted), expected));
  }

  it('exist for every part of a file, however it is indented', () => {
    const lines = FILE.split('\n');
    fc.assert(
      fc.property(
        fc.nat(lines.length - 2),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(3),
        (first, count, indent) => {
          const part = lines.slice(first, first + count);
          fc.pre(part.some((line) => /\w/.test(line)));
          const found = findClosestLines(FILE, part.map((line) => ' '.repeat(indent) + line).join('\n'));
          assert.equal(found?.by, 'white-space');
        },
      ),
    );
  });

  it('are found in a long file and in one long line', () => {
    const long = `${'some other line\n'.repeat(100_000)}const price = rate * amount;\n`;
    assert.deepEqual(findClosestLines(long, 'const price = rates * amount;'), {
      first: 100_001,
      count: 1,
      by: 'similarity',
    });
    assert.equal(findClosestLines('x'.repeat(5_000_000), 'y'.repeat(1_000)), null);
  });

  it('are not looked for in a file of many megabytes', () => {
    assert.equal(findClosestLines('total = 1\n'.repeat(1_000_000), 'total  = 1'), null);
  });
});
