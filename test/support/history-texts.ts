import { Client, Connection } from '@temporalio/client';
import type { StackHold } from '../../src/stack/hold.js';

/** The history of every workflow of a stack as text, as whoever reads Temporal's database has it: bytes as they are. */
export async function historyTexts({ temporal }: Pick<StackHold, 'temporal'>): Promise<string[]> {
  const connection = await Connection.connect(temporal.connectionOptions);
  const { workflow } = new Client({ connection, namespace: temporal.namespace });
  const found: string[] = [];
  for await (const { workflowId, runId } of workflow.list()) {
    found.push(textOf(await workflow.getHandle(workflowId, runId).fetchHistory()));
  }
  await connection.close();
  return found;
}

function textOf(history: object): string {
  return JSON.stringify(history, function (this: Record<string, unknown>, key, value: unknown) {
    // A Buffer has become a list of numbers by the time that it is given.
    const own = this[key];
    return own instanceof Uint8Array ? Buffer.from(own).toString('latin1') : value;
  });
}
