/** Says when the dashboard of this home is not at its usual port. */
import type { Environment } from '../shared/config.js';
import { errorCode } from '../shared/error-code.js';
import { listenAddress } from '../shared/listen-address.js';
import { warn } from './output.js';

/** An own notifier at the usual port answers in milliseconds. */
const PROBE_MS = 500;

/** The address that this command has warned of: it says so once, however often it finds the stack again. */
let warnedOf: string | null = null;

/** Warns when the dashboard is not at its usual port, because another home or another program uses that. */
export async function warnOfOtherPort(env: Environment, notifierUrl: string): Promise<void> {
  const { fixed, ...usual } = listenAddress(env);
  if (fixed || notifierUrl === warnedOf) return;
  const warning = await otherPortWarning(usual, notifierUrl);
  if (warning === null) return;
  warnedOf = notifierUrl;
  warn(warning);
}

/** Says who uses the usual port; null when the dashboard is there, or nobody uses the port any more. */
export async function otherPortWarning(
  { host, port }: { readonly host: string; readonly port: number },
  notifierUrl: string,
): Promise<string | null> {
  // An address leaves out the usual port of its protocol.
  if ((new URL(notifierUrl).port || '80') === String(port)) return null;
  const who = await fetch(`http://${host}:${port}/healthz`, {
    signal: AbortSignal.timeout(PROBE_MS),
  }).then(
    async (answer) =>
      (await answer.text()) === 'ok\n' ? 'the stack of another LEADWRIGHT_HOME' : 'another program',
    (error: unknown) =>
      error instanceof Error && errorCode(error.cause) === 'ECONNREFUSED' ? null : 'another program',
  );
  if (who === null) return null;
  return `port ${port} is used by ${who}. The dashboard of this home is at ${notifierUrl}`;
}
