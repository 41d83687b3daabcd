import { Client, Connection } from '@temporalio/client';
import type { StackHold } from '../../src/local-stack/hold-stack.js';

/** The history of every workflow of a stack as text, with raw bytes, as a reader of Temporal's database would see it. */
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
  return JSON.stringify(plain(history));
}

/** Converts protobuf messages to plain objects. Their own `toJSON` would write bytes as base64. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
