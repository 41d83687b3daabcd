import { formatList } from '../../shared/format.js';
import { submissionSchema } from '../submission.js';
import { defineTool } from './tool.js';

export const submitChanges = defineTool({
  name: 'submit_changes',
  description:
    "Submits the task's changes, all at once. They are applied as one commit and the task's tests run on it.",
  schema: submissionSchema,
  effect: 'submit',
  run: (submission) => submission,
  label: ({ files }) => formatList(files.map(({ path }) => path)),
});
