/** Streams a scripted answer to its end, or breaks it off. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventsOf, type CutMessage, type StreamEvent } from './scripted-message.js';
import type { Break } from './script.js';

/** Streams the events of a message. The delay is spread evenly over its pieces and its end. */
export async function streamMessage(
  response: ServerResponse,
  answer: CutMessage,
  delay: number,
  signal: AbortSignal,
): Promise<void> {
  const events = eventsOf(answer);
  const pieces = events.filter(isPiece).length;
  const start = performance.now();
  let sent = 0;
  begin(response, answer.message.id);
  for (const event of events) {
    if (isPiece(event)) {
      sent += 1;
      // Measured from the start: timers are slightly late, and many small delays would add up.
      await pause(start + (delay * sent) / pieces - performance.now(), signal);
    }
    send(response, event);
  }
  response.end();
}

function isPiece({ type }: StreamEvent): boolean {
  return type === 'content_block_delta' || type === 'message_delta';
}

/** Sends the events before the break, and then breaks off. Sends nothing before it without events or `after`. */
export async function breakOff(
  response: ServerResponse,
  events: readonly StreamEvent[],
  { by, after }: Break,
  signal: AbortSignal,
): Promise<void> {
  // An error event needs a stream, so the head of the response is sent first.
  const pieces = after ?? (by === 'error' ? 0 : null);
  if (pieces !== null) {
    begin(response);
    for (const event of events.slice(0, endOfPiece(events, pieces))) send(response, event);
  }
  switch (by) {
    case 'reset':
      // Wait until the sent data has left the process. Otherwise the reset overtakes it.
      await new Promise<void>((resolve) =>
        pieces === null ? resolve() : response.write('\n', () => resolve()),
      );
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      // Wait until the client disconnects.
      signal.throwIfAborted();
      await once(signal, 'abort');
      signal.throwIfAborted();
      return;
    case 'error': {
      const error = { type: 'overloaded_error', message: 'Overloaded' };
      response.end(`event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`);
    }
  }
}

/** The number of events up to and including this piece; for 0 pieces, the events before the first one. */
function endOfPiece(events: readonly StreamEvent[], pieces: number): number {
  const indexes = events.flatMap((event, index) => (isPiece(event) ? [index] : []));
  return pieces === 0 ? (indexes[0] ?? 0) : (indexes[pieces - 1] ?? events.length - 1) + 1;
}

function begin(response: ServerResponse, id = 'msg_broken'): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'request-id': id.replace('msg_', 'req_'),
  });
}

function send(response: ServerResponse, event: StreamEvent): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** Waits. Rejects when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal, ref: false });
}
