import { encode, type Printable } from '../shared/words/terminal-text.js';
import { redactOwnSecrets } from './own-secrets.js';

/** Writes log lines to this process's stderr: secrets are redacted, and characters that act on a terminal are visible. */
export const redactedLog = {
  write(line: Printable): void {
    process.stderr.write(
      typeof line === 'string' ? encode(redactOwnSecrets(line)) : redactOwnSecrets(encode(line)),
    );
  },
};
