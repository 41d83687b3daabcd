import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
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

/** How much of the output is kept: enough to say what went wrong, without filling the memory. */
const MAX_OUTPUT_CHARS = 256 * 1024;

/** Runs a short-lived tool to its end. Never throws: a failure is part of the result. */
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
    // Not spawn's own `timeout`: it keeps running when the program does not exist, and keeps this process alive.
    const limit = setTimeout(() => child.kill('SIGKILL'), run.timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-MAX_OUTPUT_CHARS);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MAX_OUTPUT_CHARS);
    });
    // A tool that ends without reading its input breaks the pipe. Its exit code says whether that matters.
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

/** The last line of a tool's output, which says what was wrong. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
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
