import { redactOwnSecrets } from './own-secrets.js';

/** Writes log lines to this process's stderr with its secrets redacted. */
export const redactedLog = {
  write(line: string): void {
    process.stderr.write(redactOwnSecrets(line));
  },
};
