/** MCP over the standard input and output of a server's process: one JSON message a line, within bounds. */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { deserializeMessage, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Readable, Writable } from 'node:stream';
import { LineSplitter, LongLine } from './line-splitter.js';
import { NOT_CONNECTED } from './session.js';
import { MESSAGE_BYTES, SESSION_BYTES, SESSION_LINES } from './session-limits.js';

export class StreamTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  private readonly splitter = new LineSplitter(MESSAGE_BYTES);
  private bytes = 0;
  private lines = 0;
  private closed = false;

  constructor(
    private readonly streams: { readonly input: Writable; readonly output: Readable },
    /** Called with the reason when the server exceeds a bound: a sentence without its full stop. */
    private readonly onFlood: (reason: string) => void,
  ) {}

  start(): Promise<void> {
    const { output } = this.streams;
    output.on('data', (chunk: Buffer) => this.receive(chunk));
    output.once('close', () => this.end());
    output.once('end', () => this.end());
    output.on('error', () => this.end());
    this.streams.input.on('error', () => undefined);
    // Node reads the output of a process that has ended to its end, also when nobody listens yet.
    if (output.readableEnded || output.closed) this.end();
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.closed || !this.streams.input.writable) return Promise.reject(new Error(NOT_CONNECTED));
    // Not awaited until it is read: a server that reads nothing is found by the time limit of the request.
    this.streams.input.write(serializeMessage(message));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  private receive(chunk: Buffer): void {
    if (this.closed) return;
    this.bytes += chunk.length;
    if (this.bytes > SESSION_BYTES) {
      this.stop('it printed too much');
      return;
    }
    try {
      for (const line of this.splitter.add(chunk)) if (!this.readLine(line)) return;
    } catch (error) {
      if (!(error instanceof LongLine)) throw error;
      this.stop(`it printed a line of more than ${MESSAGE_BYTES} bytes`);
    }
  }

  /** Returns whether the next line is to be read. */
  private readLine(line: string): boolean {
    this.lines += 1;
    if (this.lines > SESSION_LINES) {
      this.stop('it sent too many messages');
      return false;
    }
    try {
      this.onmessage?.(deserializeMessage(line));
    } catch {
      // No message of the protocol: many servers print a line of another kind when they start.
    }
    return !this.closed;
  }

  private stop(reason: string): void {
    this.onFlood(reason);
    this.end();
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    this.splitter.clear();
    this.onclose?.();
  }
}
