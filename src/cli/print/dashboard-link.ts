/** The address of the dashboard, with a one-time code that signs the browser in. */
import { request } from 'node:http';
import { z } from 'zod';
import type { RunId } from '../../contract/ids.js';
import type { RunStatus } from '../../contract/run-status.js';
import { SIGN_IN_CODE_MS } from '../../server/sign-in-codes.js';
import { formatDuration } from '../../shared/words/format.js';
import { readBody } from '../../shared/network/read-body.js';
import { socketPaths } from '../../shared/network/sockets.js';
import { terminalOf, type Stream } from './output.js';
import type { Session } from '../session/session.js';

const codeSchema = z.object({ code: z.string() });

/** The notifier of this home answers in milliseconds; a link without a code is better than none. */
const CODE_MS = 2_000;
/** What the fragment of an address begins with that signs in. */
const SIGN_IN = '#sign-in=';
/** A short answer of a few bytes. */
const MAX_BYTES = 4 * 1024;

/**
 * The address of the dashboard, or of a run's page, which signs in once within ten minutes. Its fragment holds the code:
 * a browser sends it to no server. Without a code, which a notifier that is just restarted does not give, the page asks
 * for the token.
 */
export async function signInLink({ hold, paths, token }: Session, run: RunId | null = null): Promise<string> {
  const page = run === null ? '' : `/runs/${run}`;
  const code = await issueCode(socketPaths(paths.home).server, token).catch(() => null);
  return code === null
    ? `${hold.notifierUrl}/${page === '' ? '' : `#${page}`}`
    : `${hold.notifierUrl}/${SIGN_IN}${code}${page}`;
}

/** The dashboard's address for a person: with a one-time code on a terminal, since a log is read by others and later. */
export function dashboardAddress(session: Session, run: RunId, stream: Stream): Promise<string> | string {
  return terminalOf(stream) === null ? session.urls(run).dashboard : signInLink(session, run);
}

/**
 * Invites a person to the page of a run that waits for them, and says how long the page and its link are good for.
 * @param ms the time that the page stays up; null while an `up` keeps it up
 */
export function inviteToPage(status: RunStatus, ms: number | null, address: string): string {
  const what = status === 'paused' ? 'Resume it on the page' : 'Answer on the page';
  const link = new URL(address).hash.startsWith(SIGN_IN)
    ? ` (the link signs in once, within ${formatDuration(SIGN_IN_CODE_MS)})`
    : '';
  const time = ms === null ? '' : `, within ${formatDuration(ms)}`;
  return `${what}${time}${link}:  ${address}`;
}

/** Asks through the socket of the home: another user's process could listen at the port, and receive the token. */
async function issueCode(socketPath: string, token: string): Promise<string> {
  const body = await new Promise<string>((resolve, reject) => {
    const asked = request(
      {
        socketPath,
        path: '/api/sign-in/codes',
        method: 'POST',
        headers: { host: 'localhost', authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        timeout: CODE_MS,
      },
      (answer) => void readBody(answer, MAX_BYTES).then(resolve, reject),
    );
    asked.on('error', reject).on('timeout', () => asked.destroy(new Error('no answer')));
    asked.end('{}');
  });
  return codeSchema.parse(JSON.parse(body)).code;
}
