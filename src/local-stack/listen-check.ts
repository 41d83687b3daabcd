import { nonEmpty, type Environment } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { listenAddress, proxiedHosts } from '../shared/listen-address.js';
import { requireChosenToken } from '../shared/listen.js';
import { isPortFree } from '../shared/free-port.js';

/**
 * Throws an EnvironmentError when LEADWRIGHT_LISTEN is no address, is open to others without a token of its own, or
 * names a port that somebody else has; or when LEADWRIGHT_HOSTS is wrong. For a stack that does not run yet: its own
 * notifier holds that port.
 */
export async function checkListenAddress(env: Environment): Promise<void> {
  const address = listenAddress(env);
  const { host, port, fixed } = address;
  proxiedHosts(env);
  requireChosenToken(address, nonEmpty(env['LEADWRIGHT_TOKEN']) !== undefined);
  // Port 0 is any free one.
  if (!fixed || port === 0 || (await isPortFree(port, host))) return;
  throw new EnvironmentError(
    `Port ${port} of ${host}, which LEADWRIGHT_LISTEN names, cannot be listened on: it is taken, or no address of this machine.`,
    'End what listens there, set LEADWRIGHT_LISTEN to another address, or leave it out.',
  );
}
