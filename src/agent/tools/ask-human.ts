import { z } from 'zod';
import { defineTool } from './tool.js';

export const askHuman = defineTool({
  name: 'ask_human',
  description: 'Asks a person. The task waits until somebody answers; use it only when you cannot go on.',
  schema: z.strictObject({ question: z.string().min(1) }),
  effect: 'ask',
  run: ({ question }) => question,
  label: ({ question }) => question,
});
