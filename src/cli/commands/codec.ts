import { nonEmpty, type Environment } from '../../shared/config.js';
import { codecOf } from '../../encryption/data-converter.js';
import { startCodecServer } from '../../encryption/codec-server.js';
import { EnvironmentError, EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { obtainToken } from '../../shared/token.js';
import { print, printJson, say } from '../output.js';
import { untilToldToStop } from '../service-process.js';
import { pathsOf } from '../session.js';

export interface CodecFlags {
  readonly port: number;
  readonly ui?: string;
  readonly json?: boolean;
}

/** `leadwright codec`: decodes encrypted payloads for the Temporal UI and the `temporal` command, until Ctrl-C. */
export async function codec(env: Environment, { port, ui, json }: CodecFlags): Promise<ExitCode> {
  const origin = ui === undefined ? null : originOf(ui);
  const codec = codecOf(env);
  if (codec === null) {
    throw new EnvironmentError(
      'No key is set: nothing is encrypted, and there is nothing to decode',
      'Set LEADWRIGHT_ENCRYPTION_KEYS or LEADWRIGHT_ENCRYPTION_KEYS_FILE as the workers have it.',
    );
  }
  const token = await obtainToken(pathsOf(env).token, env);
  const served = await startCodecServer({ codec, token: token.value, ui: origin, port });
  if (json === true) printJson({ url: served.url });
  else print(`The codec serves at ${served.url} until Ctrl-C.`);
  if (origin === null)
    say('Only whoever has the token is served: name the Temporal UI with --ui to let its pages in.');
  await untilToldToStop();
  await served.close();
  return EXIT.completed;
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && nonEmpty(url.host) !== undefined) return url.origin;
  throw new UsageError(`--ui: ${JSON.stringify(text)} is no address such as http://127.0.0.1:8233`);
}
