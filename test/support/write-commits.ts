/** Writes commits to a store until it is killed, and prints the name of each. Arguments: git folder, first parent. */
import { randomBytes } from 'node:crypto';
import { commitSha } from '../../src/contract/ids.js';
import { ObjectReader } from '../../src/git/objects/object-reader.js';
import { ObjectWriter } from '../../src/git/objects/object-writer.js';
import { writeFiles } from '../../src/git/store/write-commit.js';

const [gitDir = '', first = ''] = process.argv.slice(2);
const reader = new ObjectReader(gitDir);
const store = { gitDir, reader, writer: new ObjectWriter(gitDir, reader) };
for (let parent = commitSha(first); ;) {
  const files = Array.from({ length: 6 }, (_, index) => ({
    path: Buffer.from(`k/${index}/file`),
    mode: '100644' as const,
    content: randomBytes(50_000),
  }));
  parent = await writeFiles(store, { parent, files, message: 'x', at: new Date(0) });
  process.stdout.write(`${parent}\n`);
}
