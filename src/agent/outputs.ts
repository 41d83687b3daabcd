/** Outputs of commands, of tools of MCP servers and of tests, by the ids that the model gets for them. */
import type { Database } from '../db/database.js';
import type { TaskKey } from '../db/fencing.js';
import { readCallOutput } from '../db/call-results.js';
import { readTestOutput } from '../db/verdicts.js';
import { wholeOutput } from './changes/result-texts.js';

/** The id of a command's output. */
export function commandOutputId(turn: number, position: number): string {
  return `command-${turn}-${position + 1}`;
}

/** The id of the whole result of a server's tool. */
export function mcpOutputId(turn: number, position: number): string {
  return `call-${turn}-${position + 1}`;
}

/** The id of the output of a test, by its verdict. */
export function testOutputId(verdict: number): string {
  return `test-${verdict}`;
}

const TEST_ID = /^test-(\d{1,9})$/;
const CALL_ID = /^(?:command|call)-(\d{1,9})-([1-9]\d{0,8})$/;

/** Reads an output of the task; null when it has none by this id. */
export async function readOutput(db: Database, task: TaskKey, id: string): Promise<string | null> {
  const [, verdict] = TEST_ID.exec(id) ?? [];
  if (verdict !== undefined) {
    const number = Number(verdict);
    return readTestOutput(db, task, { id: number, mention: wholeOutput(testOutputId(number)) });
  }
  const [, turn, position] = CALL_ID.exec(id) ?? [];
  if (turn === undefined) return null;
  return readCallOutput(db, task, { turn: Number(turn), position: Number(position) - 1 });
}
