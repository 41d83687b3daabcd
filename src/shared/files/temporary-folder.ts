import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/**
 * The folder for temporary files: the one that TMPDIR names, or /tmp when that is gone. The background processes outlive
 * the shell that started them, and some programs remove its TMPDIR with it (nix-shell, a job scheduler, pam_mktemp).
 */
export function temporaryFolder(): string {
  const folder = tmpdir();
  return existsSync(folder) ? folder : '/tmp';
}
