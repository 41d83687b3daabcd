import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { messageOf } from '../../contract/errors.js';
import { runProcess } from '../../shared/process/child-process.js';
import type { Environment } from '../../shared/config.js';

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** The tool is killed after this many milliseconds. */
  readonly timeoutMs: number;
  readonly input?: string;
  readonly cwd?: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ToolResult {
  readonly succeeded: boolean;
  readonly stdout: string;
  /** Its stderr, or why it could not be started. */
  readonly stderr: string;
}

/** What a tool may print: its few lines, and a full log of a failure. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** Runs a short-lived tool to its end. Never throws: a failure is part of the result. */
export async function runTool({ timeoutMs, env, ...run }: ToolRun): Promise<ToolResult> {
  try {
    const { exitCode, stdout, stderr } = await runProcess({
      ...run,
      env: { ...env },
      timeLimitMs: timeoutMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      fix: 'Install it.',
    });
    const problem = stderr.trim() === '' && exitCode === null ? 'it was killed' : stderr.trim();
    return { succeeded: exitCode === 0, stdout: stdout.toString('utf8'), stderr: problem };
  } catch (error) {
    return { succeeded: false, stdout: '', stderr: messageOf(error) };
  }
}

/** The last line of a tool's output, which says what was wrong. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** The most characters of a tool's output in a message: a few of its sentences. The end is kept. */
const MAX_ERROR_CHARS = 1_000;

/**
 * What a tool's output says of an error, on one line: the first line that names an error, with PostgreSQL's lines that
 * explain it. After them, tools say how they clean up. Without such a line, the whole output.
 */
export function errorText(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const first = lines.findIndex((line) => /\b(error|fatal|panic):/i.test(line));
  const after = lines.slice(first + 1);
  const end = after.findIndex((line) => !/\b(DETAIL|HINT):/.test(line));
  const named = first < 0 ? lines : lines.slice(first, first + 1 + (end < 0 ? after.length : end));
  const text = named.filter((line) => line !== '').join(' ');
  return text.length <= MAX_ERROR_CHARS ? text : `… ${text.slice(-MAX_ERROR_CHARS)}`;
}

/** Where every system has its own tools, also when the user's PATH leaves these folders out. */
const SYSTEM_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** Path of one of the system's own tools, whatever the user's PATH is. */
export function systemTool(name: string): string {
  return SYSTEM_FOLDERS.map((folder) => join(folder, name)).find(existsSync) ?? name;
}

/**
 * A minimal environment for programs that must not see the user's secrets, nor settings that would change what they do.
 */
export function plainEnvironment(env: Environment): Environment {
  const kept = ['HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL'];
  const folders = [
    ...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...SYSTEM_FOLDERS,
  ];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    PATH: folders.join(delimiter),
  };
}
