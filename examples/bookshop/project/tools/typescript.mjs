// `node --import ./tools/typescript.mjs …` runs TypeScript, on any Node from 20.19.
import { register } from 'node:module';

// Newer versions of Node take the types out by themselves.
if (!process.features.typescript) register('./typescript-hooks.mjs', import.meta.url);
