import { nonEmpty, type Environment } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { listenAddress, proxiedHosts } from '../shared/network/listen-address.js';
import { requireChosenToken } from '../shared/network/listen.js';
import { isPortFree } from '../shared/network/free-port.js';

/**
 * Checks LEADWRIGHT_LISTEN and LEADWRIGHT_HOSTS before a stack is started. Not for a running stack, whose own notifier
 * has the port.
 * @throws EnvironmentError when LEADWRIGHT_LISTEN is not an address, is open to other machines while LEADWRIGHT_TOKEN
 *   is not set, or names a port that is taken; or when LEADWRIGHT_HOSTS is invalid
 */
export async function checkListenAddress(env: Environment): Promise<void> {
  const address = listenAddress(env);
  const { host, port, fixed } = address;
  proxiedHosts(env);
  requireChosenToken(address, nonEmpty(env['LEADWRIGHT_TOKEN']) !== undefined);
  // Port 0 means any free port.
  if (!fixed || port === 0 || (await isPortFree(port, host))) return;
  throw new EnvironmentError(
    `Cannot listen at ${host}, port ${port} (LEADWRIGHT_LISTEN): the port is taken, or it is not an address of this machine.`,
    'End what listens there, or set LEADWRIGHT_LISTEN to another address, or unset it.',
  );
}
