import assert from 'node:assert/strict';
import { filterByGlob } from '../../src/agent/tools/filter-by-glob.js';

describe('files by a glob of a model', () => {
  it('are not looked for when that would hold up the worker', () => {
    const files = Array.from({ length: 3_000 }, (_, index) => ({ path: `${'a/'.repeat(2_000)}${index}` }));
    const found = filterByGlob(files, `**/${'a/'.repeat(400)}{b,c}{d,e}{f,g}{h,i}{j,k}`);
    assert.ok(typeof found === 'string', 'the glob is refused');
    assert.match(found, /takes too long to match: write a simpler one/);
  });

  it('are found among many', () => {
    const files = Array.from({ length: 10_000 }, (_, index) => ({ path: `src/part-${index}/index.ts` }));
    assert.equal(filterByGlob(files, '**/*.{js,ts,tsx,vue,css,scss}').length, 10_000);
    assert.equal(filterByGlob(files, 'src/part-12/**').length, 1);
  });
});
