import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../../shared/config.js';

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** Milliseconds; then it is killed. */
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
  /** What it said on stderr, or why it could not be run at all. */
  readonly stderr: string;
}

/** Enough of a tool's output to say what went wrong; a runaway tool must not fill the memory. */
const MAX_OUTPUT_CHARS = 256 * 1024;

/** Runs a short-lived tool to its end and never throws: how it ended is the result. */
export function runTool(run: ToolRun): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(run.command, run.args, {
      env: { ...run.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
      ...(run.uid === undefined ? {} : { uid: run.uid }),
      ...(run.gid === undefined ? {} : { gid: run.gid }),
      ...(run.signal === undefined ? {} : { signal: run.signal }),
    });
    // Not spawn's own `timeout`: when the program does not exist it goes on and keeps us from ending.
    const limit = setTimeout(() => child.kill('SIGKILL'), run.timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-MAX_OUTPUT_CHARS);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MAX_OUTPUT_CHARS);
    });
    // A tool that ends without reading its input breaks the pipe; its exit code tells what matters.
    child.stdin.on('error', () => undefined);
    child.stdin.end(run.input ?? '');
    child.once('error', (error) => {
      clearTimeout(limit);
      resolve({ succeeded: false, stdout, stderr: error.message });
    });
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      const why = signal === null ? '' : `ended by ${signal}`;
      resolve({ succeeded: code === 0, stdout, stderr: stderr.trim() === '' ? why : stderr.trim() });
    });
  });
}

/** The last line of a tool's output: the one that says what was wrong. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Where every system has its own tools, whatever the user's PATH says. */
const SYSTEM_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** A system's own tool, wherever the user's PATH leads. */
export function systemTool(name: string): string {
  return SYSTEM_FOLDERS.map((folder) => join(folder, name)).find(existsSync) ?? name;
}

/**
 * The environment for programs that need nothing of the user's: neither secrets nor settings that would
 * change what they do.
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
