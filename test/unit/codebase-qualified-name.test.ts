import assert from 'node:assert/strict';
import type { CodeSymbol } from '../../src/codebase/file-facts.js';
import { ownedBy } from '../../src/codebase/qualified-name.js';

describe('names with their owner', () => {
  it('are found with a few looks at each symbol of a file, however often it defines them', () => {
    let reads = 0;
    const one = (name: string, line: number, endLine: number): CodeSymbol => ({
      kind: 'function',
      signature: `function ${name}(){}`,
      line,
      endLine,
      get name() {
        reads += 1;
        return name;
      },
    });
    const symbols = [
      ...Array.from({ length: 1_000 }, () => one('Cart', 1, 1)),
      ...Array.from({ length: 1_000 }, () => one('total', 1, 2)),
    ];
    const found = ownedBy(symbols, symbols.slice(1_000), { owner: 'Cart', name: 'total' });
    assert.deepEqual(found, []);
    assert.ok(reads <= 20 * symbols.length, String(reads));
  });
});
