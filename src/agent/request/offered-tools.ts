import type { Database } from '../../db/database.js';
import { readServerTools } from '../../db/mcp-calls.js';
import type { TaskRecord } from '../../db/task-record.js';
import type { OfferedTool } from '../../mcp/offered-tools.js';

/** The tools of the MCP servers that a task names, as they were listed at the run's start. */
export async function readOfferedTools(
  db: Database,
  { mcp, run }: Pick<TaskRecord, 'mcp' | 'run'>,
): Promise<readonly OfferedTool[]> {
  if (mcp.length === 0) return [];
  const tools = await readServerTools(db, run.id);
  return mcp.flatMap((server) => tools?.[server] ?? []);
}
