/** The token as a WebSocket's subprotocol: a browser cannot set a header there. Pure. */
import { percentDecoded } from './percent-decoding.js';

const PREFIX = 'bearer.';

/** The subprotocol that holds a token. It has fewer characters than a header may have; the others are percent-encoded. */
export function bearerProtocol(token: string): string {
  const encoded = encodeURIComponent(token).replaceAll('(', '%28').replaceAll(')', '%29');
  return `${PREFIX}${encoded}`;
}

/** The token among the subprotocols that a client offers; null when there is none. */
export function tokenOfProtocols(offered: readonly string[]): string | null {
  const encoded = offered.find((protocol) => protocol.startsWith(PREFIX))?.slice(PREFIX.length);
  return encoded === undefined ? null : (percentDecoded(encoded) ?? encoded);
}
