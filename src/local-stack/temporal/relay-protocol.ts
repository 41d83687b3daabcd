import { z } from 'zod';

const pair = z.object({ certificate: z.string(), key: z.string() });

/**
 * The host's first message to the relay. The private key goes this way so that it is in no file. Every later message
 * comes with a client's connection.
 */
export const relayStart = z.object({
  /** The server's program and arguments. */
  command: z.tuple([z.string()], z.string()),
  /** The server's loopback ports, as seen from the relay. */
  grpcPort: z.number().int(),
  uiPort: z.number().int(),
  /** The Unix socket at which the relay serves the Temporal UI. */
  uiSocket: z.string(),
  tls: pair.extend({ authority: z.string() }),
});
export type RelayStart = z.infer<typeof relayStart>;

/** The first line that the relay prints: the process of the server. */
export const relayStarted = z.object({ serverPid: z.number().int().positive() });
export type RelayStarted = z.infer<typeof relayStarted>;
