/** Random edits of a commit's files, for comparisons with git. */
import fc from 'fast-check';
import type { FileWrite } from '../../src/git/store/fast-import.js';

/** Names that sort in surprising ways, that git must quote, or that are not UTF-8; few, so that edits meet. */
const NAMES = ['a', 'a-b', 'a.b', 'a0', 'b', 'B', 'sp ace', '"q"', '\\', 'n\nl', 'ä', '\u{1f600}', '-d'].map(
  (name) => Buffer.from(name),
);
const BYTES = [Buffer.from([0xff]), Buffer.from([0x61, 0x80]), Buffer.from([0x01])];

const name = fc.constantFrom(...NAMES, ...BYTES);
const path = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => Buffer.concat(names.flatMap((each, index) => (index === 0 ? [each] : [SLASH, each]))));
const SLASH = Buffer.from('/');

const content = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('', 'x', 'y\n', 'z\n').map((text) => Buffer.from(text)) },
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

/** One edit. `link` is the name of a blob that both stores have. */
function edit(link: string): fc.Arbitrary<FileWrite> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ path, mode: fc.constantFrom('100644', '100755'), content }),
    },
    { weight: 1, arbitrary: fc.record({ path, mode: fc.constant('120000'), sha: fc.constant(link) }) },
    { weight: 2, arbitrary: fc.record({ path, mode: fc.constant('delete') }) },
  );
}

/** The edits of one commit. Their paths may repeat and contain each other. */
export function edits(link: string, maxLength = 8): fc.Arbitrary<FileWrite[]> {
  return fc.array(edit(link), { minLength: 1, maxLength });
}
