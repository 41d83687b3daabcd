import { formatList } from '../../shared/words/format.js';
import { submissionSchema } from '../changes/submission.js';
import { defineTool } from './tool.js';

export const submitChanges = defineTool({
  name: 'submit_changes',
  description:
    "Submits the draft, with the given files changed in it first, all of them or none. The task's tests run on it.",
  schema: submissionSchema,
  effect: 'submit',
  run: (submission) => submission,
  label: ({ files }) => (files === undefined ? 'the draft' : formatList(files.map(({ path }) => path))),
});
