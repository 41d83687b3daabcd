/** A scripted answer on its way: streamed to its end, or broken off. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventsOf, type ScriptedMessage, type StreamEvent } from './scripted-message.js';
import type { Break } from './script.js';

/** Sends the message's events, the delay spread evenly before its pieces and its end. */
export async function streamMessage(
  response: ServerResponse,
  message: ScriptedMessage,
  delay: number,
  signal: AbortSignal,
): Promise<void> {
  const events = eventsOf(message);
  const pieces = events.filter(isPiece).length;
  const start = performance.now();
  let sent = 0;
  begin(response, message.id);
  for (const event of events) {
    if (isPiece(event)) {
      sent += 1;
      // Against the clock: timers are late by a little, and many little delays would add up.
      await pause(start + (delay * sent) / pieces - performance.now(), signal);
    }
    send(response, event);
  }
  response.end();
}

function isPiece({ type }: StreamEvent): boolean {
  return type === 'content_block_delta' || type === 'message_delta';
}

/** Sends these events up to the break, and then what breaks them off. Without events, or `after`, nothing before. */
export async function breakOff(
  response: ServerResponse,
  events: readonly StreamEvent[],
  { by, after }: Break,
  signal: AbortSignal,
): Promise<void> {
  // An error in a stream needs a stream.
  const pieces = after ?? (by === 'error' ? 0 : null);
  if (pieces !== null) {
    begin(response);
    for (const event of events.slice(0, endOfPiece(events, pieces))) send(response, event);
  }
  switch (by) {
    case 'reset':
      // What was sent leaves first; a reset overtakes it otherwise.
      await new Promise<void>((resolve) =>
        pieces === null ? resolve() : response.write('\n', () => resolve()),
      );
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      // Until whoever asked goes away.
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

/** How many events come up to and with this piece; those before the first one for none. */
function endOfPiece(events: readonly StreamEvent[], pieces: number): number {
  const places = events.flatMap((event, place) => (isPiece(event) ? [place] : []));
  return pieces === 0 ? (places[0] ?? 0) : (places[pieces - 1] ?? events.length - 1) + 1;
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

/** Rejects when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal, ref: false });
}
