import assert from 'node:assert/strict';
import { readInstructions } from '../../src/agent/request/instructions.js';

describe('the instructions of a project', () => {
  it('are cut between two characters', async () => {
    for (const before of [0, 1]) {
      const text = 'a'.repeat(before) + '\u{1f600}'.repeat(20_000);
      const files = { read: () => Promise.resolve({ kind: 'text' as const, text, blob: '' }) };
      const [file] = await readInstructions(files, ['AGENTS.md'], []);
      assert.match(file?.text ?? '', /\(cut off here: the file is longer\)$/);
      assert.ok(file?.text.isWellFormed());
    }
  });
});
