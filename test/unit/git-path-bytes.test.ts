import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathBytes, pathText } from '../../src/git/objects/path-bytes.js';
import { spellingFault } from '../../src/git/objects/tree-path.js';

describe('a path of arbitrary bytes', () => {
  it('has a unique string that converts back to its bytes', () => {
    const byte = fc.oneof(fc.constantFrom(0x22, 0x5c, 0x33, 0x0a, 0xff), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        const path = Buffer.from(bytes);
        assert.deepEqual(pathBytes(pathText(path)), path);
      }),
    );
  });

  it('is unchanged if it is UTF-8', () => {
    assert.equal(pathText(Buffer.from('\ufeffä "b"')), '\ufeffä "b"');
  });

  it('cannot be written if it is not UTF-8', () => {
    const text = pathText(Buffer.from('caf\xe9.txt', 'latin1'));
    assert.equal(text, String.raw`"caf\351.txt"`);
    assert.match(spellingFault(text) ?? 'taken', /backslash/);
  });
});
