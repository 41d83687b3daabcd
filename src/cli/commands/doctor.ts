import type { Environment } from '../../config.js';
import { EXIT, type ExitCode } from '../../errors.js';
import { show, type Finding } from '../doctor/finding.js';
import { fleet, setCurrent } from '../doctor/fleet.js';
import { installed } from '../doctor/installed.js';
import { printJson } from '../output.js';

export interface DoctorOptions {
  readonly setCurrent?: boolean;
  readonly json?: boolean;
}

/** `leadwright doctor`: what is installed, reachable and missing, with the mend for each. */
export async function doctor(env: Environment, options: DoctorOptions): Promise<ExitCode> {
  if (options.setCurrent === true) await setCurrent(env);
  const findings = [...(await installed(env)), ...(await fleet(env))];
  if (options.json === true) printJson(findings);
  else findings.forEach(show);
  return exitCode(findings);
}

function exitCode(findings: readonly Finding[]): ExitCode {
  return findings.some((finding) => finding.state === 'missing') ? EXIT.environment : EXIT.completed;
}
