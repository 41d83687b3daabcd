/** `npm run docs`: writes the generated pages of the documentation. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../src/shared/files/package-root.js';
import { generatedPages } from './generated-docs.js';

for (const { file, text } of await generatedPages()) {
  await writeFile(join(packageRoot, file), text);
  process.stdout.write(`${file}\n`);
}
