import { connect } from 'node:net';
import { dirname } from 'node:path';
import { isOwnSocketFolder } from '../../shared/network/sockets.js';

/** Whether a process of this account listens on a Unix socket. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (!isOwnSocketFolder(dirname(path))) {
      resolve(false);
      return;
    }
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
