import assert from 'node:assert/strict';
import type { ShownFiles } from '../../src/agent/shown-files.js';
import type { CommitCode } from '../../src/codebase/code-index.js';
import { checkCall } from '../../src/agent/answer/tool-calls.js';
import type { ReadResult } from '../../src/agent/tools/tool.js';

/** The code of a commit of which nothing is indexed. */
export const NO_CODE: CommitCode = {
  facts: () => Promise.resolve(new Map()),
  file: () => Promise.resolve(null),
  find: () => Promise.resolve({ definitions: [], references: [], instead: null }),
};

/** Runs a read tool as a turn does. */
export async function runRead(
  files: ShownFiles,
  name: string,
  input: object,
  code: CommitCode = NO_CODE,
): Promise<ReadResult> {
  const call = checkCall({ type: 'tool_use', id: 'call', name, input, caller: { type: 'direct' } });
  assert.ok(call.ok && call.effect === 'read');
  return call.run({ files, code, outputOf: () => Promise.resolve(null) });
}
