import { z } from 'zod';

/**
 * The worker that a command needs. `model`: one with the command's own settings. `scripted`: one with any model
 * settings, because the scripted model does not depend on them. `present`: the one that runs, if it has a model, for a command
 * without model settings. `any`: whichever runs, to pause or to cancel a run. `none`: no worker, because the command only
 * reads.
 */
export type WorkerNeed = 'none' | 'any' | 'scripted' | 'present' | 'model';

const environment = z.record(z.string(), z.string());

/** A message from a command to the host: one JSON document on one line. */
export const clientMessage = z.discriminatedUnion('type', [
  /** First: the real path of the command's home. The host serves no command of another one. */
  z.object({ type: z.literal('home'), home: z.string() }),
  z.object({
    type: z.literal('hold'),
    /**
     * The external services that the command's environment names: see `partsFingerprint`. Null for a part of the stack,
     * which holds its own stack.
     */
    parts: z.string().nullable(),
    /** What has to run: everything, or the database alone, for a command that only reads the record. */
    scope: z.enum(['stack', 'database']),
    /** Whether the hold only keeps the stack up (`up`): `down` ends it as soon as nothing is at work. */
    standing: z.boolean(),
    worker: z.discriminatedUnion('need', [
      z.object({ need: z.literal('none') }),
      /** With the command's environment, for a worker. It stays in memory and is never written to disk. */
      z.object({ need: z.enum(['any', 'scripted', 'model']), env: environment }),
      /** For a client without model settings: any worker (started when none runs), or the running one with a model. */
      z.object({ need: z.literal('present'), any: z.boolean() }),
    ]),
    /** Whether the host sends the servers' addresses (`servers`) as soon as they are up, before a worker is. */
    early: z.boolean().optional(),
  }),
  z.object({ type: z.literal('release') }),
  /** Keep the stack up without a hold, or no longer; then it ends once nothing is at work. */
  z.object({ type: z.literal('keep'), kept: z.boolean() }),
  /** Keep the stack up for a while without a hold, so that a person finds the page. */
  z.object({ type: z.literal('linger'), ms: z.number().int().nonnegative() }),
  z.object({ type: z.literal('stop') }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

const foundations = z.object({
  databaseUrl: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string(), embedded: z.boolean() }),
});
/** The database and the Temporal server. */
export type Foundations = z.infer<typeof foundations>;

const stackAddresses = foundations.extend({
  temporal: foundations.shape.temporal.extend({
    /** The Temporal UI behind the dashboard's sign-in. Null for an external server, whose UI is not known. */
    uiUrl: z.string().nullable(),
  }),
  notifierUrl: z.string(),
  hostPid: z.number().int(),
});
/** Addresses of a running stack's services. They contain the database's password: never log them. */
export type StackAddresses = z.infer<typeof stackAddresses>;

const databaseAddresses = stackAddresses.extend({
  /** Null while Temporal does not run. */
  temporal: stackAddresses.shape.temporal.nullable(),
});
/** The address of the database, and those of the rest: as they are or, while it does not run, as they were last. */
export type DatabaseAddresses = z.infer<typeof databaseAddresses>;

/** A message from the host to a command. */
export const hostMessage = z.discriminatedUnion('type', [
  /** Replies to `home`; the alternative is `failed`. */
  z.object({ type: z.literal('welcome') }),
  z.object({ type: z.literal('progress'), text: z.string() }),
  /** To a command that asked for it (`early`), before the reply to its `hold`. */
  z.object({ type: z.literal('servers'), servers: foundations }),
  /**
   * Replies to `hold`, by its scope. With `kept` the stack stays up when all holds are released (`up --detach`); a host of
   * another version may not say so.
   */
  z.object({ type: z.literal('ready'), addresses: stackAddresses, kept: z.boolean().optional() }),
  z.object({ type: z.literal('database'), addresses: databaseAddresses }),
  z.object({ type: z.literal('failed'), message: z.string(), fix: z.string() }),
  /** The host ends. Unless a person stopped it, the command connects again to start another one. */
  z.object({ type: z.literal('ending'), stopped: z.boolean() }),
  /**
   * Reply to `release`, `keep`, `linger` and `stop`. With `ending` the stack ends now; the socket closes when it has ended.
   * With `standing` an `up` keeps it up; a host of another version may not say so.
   */
  z.object({ type: z.literal('released'), ending: z.boolean(), standing: z.boolean().optional() }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

/** The longest line that is accepted. The largest messages hold an environment of at most a few hundred KiB. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/** Encodes a message for the socket. */
export function encodeMessage(message: ClientMessage | HostMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Creates a parser of a stream of messages, one a line. Call it with each piece of text; it returns the messages that
 * are complete. It throws an Error for a line that is not a message.
 */
export function messageReader<T>(schema: z.ZodType<T>): (text: string) => readonly T[] {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) throw new Error('a message is too long');
    return lines.map((line) => schema.parse(JSON.parse(line)));
  };
}
