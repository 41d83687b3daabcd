/** Says when the dashboard of this home is not at its usual port, or not where LEADWRIGHT_LISTEN says. */
import type { Environment } from '../../shared/config.js';
import { errorCode } from '../../shared/error-code.js';
import { baseUrl, listenAddress, type ListenAddress } from '../../shared/network/listen-address.js';
import { warn } from '../print/output.js';

/** An own notifier at the usual port answers in milliseconds. */
const PROBE_MS = 500;

/** The address that this command has warned of: it says so once, however often it finds the stack again. */
let warnedOf: string | null = null;

/**
 * Warns when the dashboard is not at its usual port, because another home or another program uses that, or not at the
 * address of this command's environment, because the stack was started with another one.
 */
export async function warnOfOtherPort(env: Environment, notifierUrl: string): Promise<void> {
  if (notifierUrl === warnedOf) return;
  const listen = listenAddress(env);
  const warning = listen.fixed
    ? otherAddressWarning(listen, notifierUrl)
    : await otherPortWarning(listen, notifierUrl);
  if (warning === null) return;
  warnedOf = notifierUrl;
  warn(warning);
}

/** Says that a stack which runs already is at another address than the one asked for; null when it is there. */
export function otherAddressWarning(
  { host, port }: Pick<ListenAddress, 'host' | 'port'>,
  notifierUrl: string,
): string | null {
  // Port 0 lets the system choose.
  if (port === 0 || new URL(baseUrl(host, port)).origin === new URL(notifierUrl).origin) return null;
  return [
    `LEADWRIGHT_LISTEN is ${host}:${port}, but the stack runs already with its dashboard at ${notifierUrl}.`,
    'To change that: leadwright down, then start it again',
  ].join(' ');
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
