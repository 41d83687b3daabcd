import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from './vendor/sucrase.js';

/** Loads a `.ts` file as the JavaScript that is left when its types are gone; its lines stay where they are. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const filePath = fileURLToPath(url);
  const { code } = transform(await readFile(filePath, 'utf8'), {
    transforms: ['typescript'],
    disableESTransforms: true,
    filePath,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
