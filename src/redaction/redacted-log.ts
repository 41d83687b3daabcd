import { redactOwnSecrets } from './own-secrets.js';

/** The stderr of this process for its logs, a line at a time: what it writes there holds no secret. */
export const redactedLog = {
  write(line: string): void {
    process.stderr.write(redactOwnSecrets(line));
  },
};
