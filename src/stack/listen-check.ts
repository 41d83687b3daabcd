import type { Environment } from '../config.js';
import { EnvironmentError } from '../errors.js';
import { listenAddress } from '../notifier/address.js';
import { isPortFree } from './free-port.js';

/**
 * Throws an EnvironmentError when LEADWRIGHT_LISTEN is no address, or names a port that somebody else has. For
 * a stack that does not run yet: its own notifier holds that port.
 */
export async function checkListenAddress(env: Environment): Promise<void> {
  const { host, port, fixed } = listenAddress(env);
  // Port 0 is any free one.
  if (!fixed || port === 0 || (await isPortFree(port, host))) return;
  throw new EnvironmentError(
    `Port ${port} of ${host}, which LEADWRIGHT_LISTEN names, cannot be listened on: it is taken, or no address of this machine.`,
    'End what listens there, set LEADWRIGHT_LISTEN to another address, or leave it out.',
  );
}
