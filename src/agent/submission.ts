/** A submission of file changes, as the model writes it. */
import { z } from 'zod';

/** One edit of a file: `search` occurs exactly once in it. */
const editSchema = z.strictObject({
  search: z.string().min(1).describe('Text that occurs exactly once in the file, copied exactly'),
  replace: z.string().describe('What stands there instead'),
});

const fileSchema = z.strictObject({
  path: z.string().min(1).describe("From the repository's root, with forward slashes"),
  action: z.enum(['create', 'modify', 'delete']),
  content: z.string().optional().describe('The whole new content (create and modify)'),
  edits: z.array(editSchema).min(1).optional().describe('Or edits of the present content, in order'),
});

export const submissionSchema = z
  .strictObject({
    explanation: z.string().describe('What was done and why, for the person who reviews it'),
    files: z.array(fileSchema).describe('Every file that changes; empty when nothing has to'),
  })
  .check((context) => {
    context.value.files.forEach((file, index) => {
      const problem = shapeProblem(file);
      if (problem !== null) {
        context.issues.push({ code: 'custom', input: file, path: ['files', index], message: problem });
      }
    });
  });

/** The changes that a task proposes: `content` or `edits` for create and modify, neither for delete. */
export type Submission = z.output<typeof submissionSchema>;
export type FileChange = Submission['files'][number];

function shapeProblem(file: z.output<typeof fileSchema>): string | null {
  const given = Number(file.content !== undefined) + Number(file.edits !== undefined);
  if (file.action === 'delete') return given === 0 ? null : 'delete takes neither content nor edits';
  if (given === 1) return null;
  return given === 0 ? `${file.action} needs content or edits` : 'give content or edits, not both';
}
