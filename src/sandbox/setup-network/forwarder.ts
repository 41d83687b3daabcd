/**
 * The sandbox's end of the set-up network: a program that listens on the sandbox's own loopback and passes each
 * connection on to the egress proxy, because no package manager connects to a proxy on a Unix socket. Pure.
 */
import type { EgressRules } from './egress-rules.js';

/** The egress proxy's socket, as a command sees it. */
export const SOCKET_IN_SANDBOX = '/sandbox/egress';
/** The common port of HTTP proxies. The sandbox has a loopback of its own, so nothing else uses it. */
const PORT = 3128;

/** Says when it listens, and closes its output, for which the script below waits. It ends with the sandbox. */
const PROGRAM = `
const { closeSync, writeSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { pipeline } = require('node:stream');
const pass = (from, to) => pipeline(from, to, () => undefined);
createServer({ allowHalfOpen: true }, (client) => {
  const proxy = connect({ path: '${SOCKET_IN_SANDBOX}', allowHalfOpen: true });
  pass(client, proxy);
  pass(proxy, client);
}).listen(${PORT}, '127.0.0.1', () => {
  writeSync(1, 'listening');
  closeSync(1);
  closeSync(2);
});
`;

/** Starts the forwarder `$1` with Node `$0`, waits until it listens, and becomes the command in the other arguments. */
const SCRIPT = `said=$(NODE_OPTIONS= "$0" -e "$1" 2>&1 &)
case $said in
  *listening) shift; exec "$@" ;;
  *) echo "The network of the setup command could not be started: $said"; exit 1 ;;
esac`;

/** The words before a command that start the forwarder. @param node the path of Node in the sandbox */
export function forwarderWords(node: string): string[] {
  return ['/bin/sh', '-c', SCRIPT, node, PROGRAM];
}

/** Names of this machine. A set-up may start a server of its own and connect to it. */
const LOCAL = ['localhost', '127.0.0.1', '::1'];

/** Variables that make programs use the forwarder. Programs that ignore them reach nothing. */
export function proxyEnvironment({ allowed }: EgressRules): Record<string, string> {
  const proxy = `http://127.0.0.1:${PORT}`;
  // A registry that the owner runs on this machine is reached through the proxy.
  const direct = LOCAL.filter((name) => !allowed.some(({ host }) => host === name)).join(',');
  return {
    ...Object.fromEntries(PROXY_VARIABLES.map((name) => [name, proxy])),
    NO_PROXY: direct,
    no_proxy: direct,
    // Node's own fetch and https, where its version supports it.
    NODE_USE_ENV_PROXY: '1',
    JAVA_TOOL_OPTIONS: ['http', 'https']
      .map((scheme) => `-D${scheme}.proxyHost=127.0.0.1 -D${scheme}.proxyPort=${PORT}`)
      .join(' '),
  };
}

const PROXY_VARIABLES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'npm_config_proxy',
  'npm_config_https_proxy',
  'YARN_HTTP_PROXY',
  'YARN_HTTPS_PROXY',
];
