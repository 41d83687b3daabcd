import { z } from 'zod';
import { formatList } from '../../shared/words/format.js';
import { fileListSchema } from '../changes/submission.js';
import { defineTool } from './tool.js';

export const editFiles = defineTool({
  name: 'edit_files',
  description:
    'Changes the draft, which all tools see from then on. Each file stands alone: what can be changed is, and the result says why the rest cannot. Nothing is tested.',
  schema: z.strictObject({ files: fileListSchema.min(1) }),
  effect: 'change',
  run: ({ files }) => files,
  label: ({ files }) => formatList(files.map(({ path }) => path)),
});
