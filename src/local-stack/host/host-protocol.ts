import { z } from 'zod';

/**
 * What a command needs a worker for. `model`: one with the command's own settings. `scripted`: one whose model may be
 * another, since the scripted one does not depend on it. `any`: whichever runs, to pause or to cancel. `none`: the
 * command only looks.
 */
export const WORKER_NEEDS = ['none', 'any', 'scripted', 'model'] as const;
export type WorkerNeed = (typeof WORKER_NEEDS)[number];

const environment = z.record(z.string(), z.string());

/** From a command to the host, one JSON document a line. */
export const clientMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hold'),
    /**
     * Which external parts the command's environment names: see `partsFingerprint`. Null for a part of the stack,
     * which holds the one that it belongs to.
     */
    parts: z.string().nullable(),
    worker: z.discriminatedUnion('need', [
      z.object({ need: z.literal('none') }),
      /** The command's environment, for a worker: it stays in memory and is written nowhere. */
      z.object({ need: z.enum(['any', 'scripted', 'model']), env: environment }),
      /** The one that runs, for whoever has no model settings: any one (started where none runs), or one with a model. */
      z.object({ need: z.literal('present'), any: z.boolean() }),
    ]),
  }),
  z.object({ type: z.literal('release') }),
  z.object({ type: z.literal('stop') }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

const stackAddresses = z.object({
  databaseUrl: z.string(),
  temporal: z.object({
    address: z.string(),
    namespace: z.string(),
    /** Null when the server is not ours: nobody tells where its pages are. */
    uiUrl: z.string().nullable(),
    embedded: z.boolean(),
  }),
  notifierUrl: z.string(),
  hostPid: z.number().int(),
});
/** Where the parts of a running stack are. Holds the database's password: never log it. */
export type StackAddresses = z.infer<typeof stackAddresses>;

/** From the host to a command. */
export const hostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), text: z.string() }),
  z.object({ type: z.literal('ready'), addresses: stackAddresses }),
  z.object({ type: z.literal('failed'), message: z.string(), fix: z.string() }),
  /** The host ends: come again when it is gone. */
  z.object({ type: z.literal('ending') }),
  /** Answer to `release`: `ending` says that the stack goes now, which the closing socket completes. */
  z.object({ type: z.literal('released'), ending: z.boolean() }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

/** A line longer than this is no message of ours: environments are at most a few hundred KiB. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/** A message as it goes over the socket. */
export function encodeMessage(message: ClientMessage | HostMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Cuts a stream into lines and each line into a message. Feed it text as it comes; it gives the messages that
 * are complete. Throws an Error for a line that is none: whoever speaks so is not one of ours.
 */
export function messageReader<T>(schema: z.ZodType<T>): (text: string) => readonly T[] {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) throw new Error('a line without end');
    return lines.map((line) => schema.parse(JSON.parse(line)));
  };
}
