import assert from 'node:assert/strict';
import type { ShownFiles } from '../../src/agent/shown-files.js';
import { checkCall } from '../../src/agent/tool-calls.js';
import type { ReadResult } from '../../src/agent/tools/tool.js';

/** Runs a read tool as a turn does. */
export async function runRead(files: ShownFiles, name: string, input: object): Promise<ReadResult> {
  const call = checkCall({ type: 'tool_use', id: 'call', name, input, caller: { type: 'direct' } });
  assert.ok(call.ok && call.effect === 'read');
  return call.run({ files, outputOf: () => Promise.resolve(null) });
}
