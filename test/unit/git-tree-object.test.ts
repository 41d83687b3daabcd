import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatTree, parseTree } from '../../src/git/objects/tree-object.js';

const MODES = ['40000', '100644', '100755', '120000', '160000', '040000', '100664', '100600'];
const SHAS = ['11', 'ab'].map((byte) => Buffer.from(byte.repeat(20), 'hex'));

/** A tree object, entry by entry, as an old or broken git may have written it. */
const trees = fc
  .array(
    fc.tuple(
      fc.constantFrom(...MODES),
      fc.constantFrom('a', 'a.b', 'a0', 'ab', 'b', 'ä'),
      fc.constantFrom(...SHAS),
    ),
    { maxLength: 4 },
  )
  .map((entries) =>
    Buffer.concat(entries.flatMap(([mode, name, sha]) => [Buffer.from(`${mode} ${name}\0`), sha])),
  );

describe('a tree object', () => {
  it('is usual exactly when writing its entries again gives the same object, without any name twice', () => {
    let usual = 0;
    const property = fc.property(trees, (tree) => {
      const { entries, byKey, isUsual } = parseTree(tree, 'sha1');
      const modern = entries.every(({ mode }) =>
        ['40000', '100644', '100755', '120000', '160000'].includes(mode.toString(8)),
      );
      const plain = entries.map(({ mode, name, sha }) => ({ mode, name, sha }));
      assert.equal(isUsual, modern && byKey.size === entries.length && formatTree(plain).equals(tree));
      usual += Number(isUsual);
      // What was read is written as what was made.
      assert.deepEqual(formatTree(entries), formatTree(plain));
    });
    fc.assert(property, { numRuns: 2_000 });
    assert.ok(usual > 100, `${usual} usual trees`);
  });
});
