import { isLoginRefused } from '../../db/transient-errors.js';
import { externalDatabase } from '../../local-stack/external-services.js';
import type { Environment } from '../../shared/config.js';

/**
 * Whether the user's own PostgreSQL refuses the login, which lasts until a person acts. The embedded server gets another
 * password with each host, so a command finds the next host instead.
 */
export function isOwnLoginRefused(error: unknown, env: Environment): boolean {
  return externalDatabase(env) !== undefined && isLoginRefused(error);
}
