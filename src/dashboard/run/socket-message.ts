/** Reads messages of the events WebSocket. Pure. */
import type { ModelDelta } from '../../contract/api.js';
import type { EventType, LeadwrightEvent } from '../../contract/events.js';

export type Message =
  | { readonly kind: 'event'; readonly event: LeadwrightEvent }
  | { readonly kind: 'delta'; readonly delta: ModelDelta };

const TYPES: Readonly<Record<EventType, true>> = {
  'run.status': true,
  'task.status': true,
  'model.call': true,
  'model.waiting': true,
  'model.answering': true,
  'conversation.compacted': true,
  'command.finished': true,
  'mcp.call': true,
  'changes.applied': true,
  'changes.refused': true,
  'tests.finished': true,
  'correction.started': true,
  'merge.finished': true,
  'blocker.raised': true,
  'blocker.resolved': true,
};

/**
 * Reads one message; null for a kind that this page does not know, which a newer server may send. The server validates
 * what it sends, so only the kind is checked here.
 */
export function readMessage(text: string): Message | null {
  const message: unknown = JSON.parse(text);
  if (isDelta(message)) return { kind: 'delta', delta: message };
  return isEvent(message) ? { kind: 'event', event: message } : null;
}

function isDelta(message: unknown): message is ModelDelta {
  return hasType(message) && message.type === 'model.delta' && 'ephemeral' in message;
}

function isEvent(message: unknown): message is LeadwrightEvent {
  return hasType(message) && Object.hasOwn(TYPES, message.type) && 'seq' in message;
}

function hasType(message: unknown): message is { readonly type: string } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    typeof message.type === 'string' &&
    'data' in message
  );
}
