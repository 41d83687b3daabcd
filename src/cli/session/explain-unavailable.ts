import { EnvironmentError, UsageError, messageOf } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';

/** The stack that is started anew has the same data. */
const START_ANEW =
  'If it lasts, start the stack anew with `leadwright down --now` and then `leadwright up`: open runs continue. The logs are in the folder logs of LEADWRIGHT_HOME.';

/** What to do: `down` and `up` end and start only what is embedded. */
async function howToGoOn(env: Environment): Promise<string> {
  const { externalDatabase, hasExternalTemporal } = await import('../../local-stack/external-services.js');
  const own = [
    ...(externalDatabase(env) === undefined ? [] : ['your PostgreSQL (DATABASE_URL)']),
    ...(hasExternalTemporal(env) ? ['your Temporal (TEMPORAL_ADDRESS)'] : []),
  ];
  const check = `Check that ${own.join(' and ')} can be reached from here: \`leadwright doctor\` says what does not answer. Open runs continue once it does.`;
  return [...(own.length > 0 ? [check] : []), ...(own.length < 2 ? [START_ANEW] : [])].join(' ');
}

/** The gRPC status codes PERMISSION_DENIED and UNAUTHENTICATED. */
const NO_ACCESS = new Set<unknown>([7, 16]);

/**
 * Says what does not answer or refuses, and what to do. A client only says something like "Failed to connect before the
 * deadline" or "Failed to start Workflow".
 * @returns the error itself when it has another cause, or says what to do
 */
export async function explainUnavailable(error: unknown, env: Environment = process.env): Promise<unknown> {
  if (error instanceof UsageError || error instanceof EnvironmentError) return error;
  // Loaded here, because they load the database's client.
  const { isUnavailable } = await import('../../db/transient-errors.js');
  const { isOwnLoginRefused } = await import('./refused-login.js');
  if (isOwnLoginRefused(error, env)) return refusedLoginError(error);
  if (!isUnavailable(error)) return explainRefusal(error);
  const reason = lastLine(messageOf(error)).replace(/\.$/, '');
  return new EnvironmentError(`The database or Temporal does not answer: ${reason}.`, await howToGoOn(env), {
    cause: error,
  });
}

/** @param cause how the user's own PostgreSQL refused the login */
export function refusedLoginError(cause: unknown): EnvironmentError {
  return new EnvironmentError(
    'PostgreSQL refuses the user or the password of DATABASE_URL.',
    'Set DATABASE_URL to the present ones, here and for the workers and the server, and start these again. Then give the command again: open runs continue.',
    { cause },
  );
}

/** Says why a Temporal server refuses a request, and what to do. @returns the error itself when it is another one */
function explainRefusal(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = error.message.replace(/\.$/, '');
  if (message.startsWith('Namespace not found')) {
    return new EnvironmentError(
      `Temporal has no such namespace: ${message}.`,
      'Check TEMPORAL_NAMESPACE, or create the namespace with temporal-config/search-attributes.sh of Leadwright.',
      { cause: error },
    );
  }
  const { cause } = error;
  if (!(cause instanceof Error) || !('code' in cause) || !('details' in cause)) return error;
  const details = String(cause.details).replace(/\.$/, '');
  if (/search attribute/i.test(details)) {
    return new EnvironmentError(
      `Temporal refuses Leadwright's workflows: ${details}.`,
      'Register the four search attributes in the namespace with temporal-config/search-attributes.sh of Leadwright, then give the command again.',
      { cause: error },
    );
  }
  if (!NO_ACCESS.has(cause.code)) return error;
  return new EnvironmentError(
    `${message}: ${details}.`,
    'Check the credentials for Temporal (TEMPORAL_API_KEY, TEMPORAL_TLS…) and their rights in the namespace.',
    { cause: error },
  );
}

/** Prisma's messages begin with the call that failed, and end with the reason. */
export function lastLine(message: string): string {
  return message.trim().split('\n').at(-1) ?? '';
}
