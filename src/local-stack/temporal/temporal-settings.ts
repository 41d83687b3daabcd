/** How clients reach the embedded Temporal server: over mutual TLS, with key files that only the home's owner can read. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import type { Certificates } from './certificates.js';

/** The name in the server's certificate. Clients check it instead of the address. */
export const SERVER_NAME = 'leadwright-temporal';

/** The files of a client. They are made anew by each host. */
function clientFiles(home: string) {
  const folder = join(home, 'temporal', 'tls');
  return {
    folder,
    authority: join(folder, 'ca.pem'),
    certificate: join(folder, 'client.pem'),
    key: join(folder, 'client.key'),
  };
}

/** Writes the files of a client in place of those of the last host. */
export async function writeClientFiles(
  home: string,
  { authority, client }: Pick<Certificates, 'authority' | 'client'>,
): Promise<void> {
  const files = clientFiles(home);
  // With its files, so that none keeps a mode that others can read.
  await rm(files.folder, { recursive: true, force: true });
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  const options = { mode: 0o600, flag: 'wx' };
  await writeFile(files.authority, authority, options);
  await writeFile(files.certificate, client.certificate, options);
  await writeFile(files.key, client.key, options);
}

/** The variables by which Temporal's tools and SDK find the embedded server. They name files and hold no secret. */
export function temporalSettings(
  home: string,
  server: { readonly address: string; readonly namespace: string },
): Record<string, string> {
  const files = clientFiles(home);
  return {
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: server.namespace,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.authority,
    TEMPORAL_TLS_CLIENT_CERT_PATH: files.certificate,
    TEMPORAL_TLS_CLIENT_KEY_PATH: files.key,
    TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
    // A file that does not exist: the user's own profile, with its certificates, is not for the embedded server.
    TEMPORAL_CONFIG_FILE: join(home, 'temporal', 'no-profile.toml'),
  };
}

/** Reads how to connect to the embedded server. Temporal's own reader of the settings takes longer to load. */
export async function readClientFiles(
  home: string,
  address: string,
): Promise<ClientConnectConfig['connectionOptions']> {
  const files = clientFiles(home);
  const [serverRootCACertificate, crt, key] = await Promise.all([
    readFile(files.authority),
    readFile(files.certificate),
    readFile(files.key),
  ]);
  return {
    address,
    tls: { serverNameOverride: SERVER_NAME, serverRootCACertificate, clientCertPair: { crt, key } },
  };
}
