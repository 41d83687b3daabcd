import type { Command } from 'commander';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { createCodec } from '../../encryption/data-converter.js';
import { startCodecServer } from '../../encryption/codec-server.js';
import { EnvironmentError, EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { obtainToken } from '../../shared/network/token.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { wholeNumber } from '../option-values.js';
import { print, printJson, say } from '../print/output.js';
import { untilStopped } from '../session/service-process.js';
import { pathsOf } from '../session/session.js';

interface CodecOptions extends JsonOption {
  readonly port: number;
  readonly ui?: string;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--port <n>', 'the port on this machine', wholeNumber(0, 65_535), 4801)
    .option('--ui <origin>', 'the address of the Temporal UI, whose pages may use the codec')
    .action((options: CodecOptions) => act((env) => codec(env, options)));
  addExamples(command, 'leadwright codec --ui http://127.0.0.1:8233');
}

/** Decodes encrypted payloads for the Temporal UI and the `temporal` command, until Ctrl-C. */
async function codec(env: Environment, { port, ui, json }: CodecOptions): Promise<ExitCode> {
  const origin = ui === undefined ? null : originOf(ui);
  const codec = createCodec(env);
  if (codec === null) {
    throw new EnvironmentError(
      'No encryption key is set, so there is nothing to decode',
      'Set LEADWRIGHT_ENCRYPTION_KEYS or LEADWRIGHT_ENCRYPTION_KEYS_FILE to the same value as for the workers.',
    );
  }
  const token = await obtainToken(pathsOf(env).token, env);
  const served = await startCodecServer({ codec, token: token.value, ui: origin, port });
  const uiUrl = origin === null ? null : served.uiUrl;
  if (json === true) printJson({ url: served.url, uiUrl });
  else print(`The codec listens on ${served.url}. Stop it with Ctrl-C.`);
  if (json !== true && uiUrl !== null) print(`Enter this as the codec server in the Temporal UI: ${uiUrl}`);
  if (origin === null)
    say('Every request needs the token. To allow the pages of a Temporal UI, give its address with --ui.');
  await untilStopped();
  await served.close();
  return EXIT.completed;
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && nonEmpty(url.host) !== undefined) return url.origin;
  throw new UsageError(`--ui: ${JSON.stringify(text)} is not an address such as http://127.0.0.1:8233`);
}
