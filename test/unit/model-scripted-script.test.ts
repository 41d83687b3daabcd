import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../src/contract/errors.js';
import { loadScript } from '../../src/model/scripted/script.js';

describe('the script loader', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'script-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function load(yaml: string) {
    const file = join(folder, 'script.yaml');
    await writeFile(file, yaml);
    return loadScript(file);
  }

  const submission = (contentFile: string) => `
tasks:
  Sum the cart:
    - text: Here.
      tools:
        - name: submit_changes
          input: { explanation: Sums., files: [{ path: a.ts, action: create, content_file: ${contentFile} }] }
`;

  it('replaces a content_file by its content', async () => {
    await writeFile(join(folder, 'solution.ts'), 'export const a = 1;\n');
    const script = await load(submission('solution.ts'));
    assert.deepEqual(script.tasks['Sum the cart']?.[0]?.tools?.[0]?.input['files'], [
      { path: 'a.ts', action: 'create', content: 'export const a = 1;\n' },
    ]);
  });

  it('reports a content_file that is missing or outside the folder', async () => {
    await assert.rejects(load(submission('gone.ts')), /content_file.*gone\.ts/);
    await assert.rejects(load(submission('../solution.ts')), /not inside the folder/);
  });

  it('reports all problems of a script with their paths', async () => {
    const wrong =
      'tasks:\n  A:\n    - { on: tuesday, text: x }\n    - { txt: x }\n    - {}\n    - { break: { by: wire } }\n';
    await assert.rejects(load(wrong), (error) => {
      assert.ok(error instanceof UsageError);
      assert.deepEqual(
        new Set(error.problems.map(({ path }) => path)),
        new Set(['tasks.A.0.on', 'tasks.A.1', 'tasks.A.2', 'tasks.A.3.break.by']),
      );
      return true;
    });
  });

  it('reports a script that is missing or not YAML', async () => {
    await assert.rejects(loadScript(join(folder, 'gone.yaml')), UsageError);
    await assert.rejects(load('tasks: ['), UsageError);
  });
});
