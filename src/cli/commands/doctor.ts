import type { Environment } from '../../shared/config.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { show, type Finding } from '../doctor/finding.js';
import { fleet, setCurrent } from '../doctor/check-fleet.js';
import { installed } from '../doctor/check-installed.js';
import { record } from '../doctor/check-record.js';
import { printJson } from '../output.js';

export interface DoctorOptions {
  readonly setCurrent?: boolean;
  readonly repair?: boolean;
  readonly json?: boolean;
}

/**
 * `leadwright doctor`: what is installed, reachable and missing, with the fix for each; and what of the record
 * of runs is not as it should be, which `--repair` mends.
 */
export async function doctor(env: Environment, options: DoctorOptions): Promise<ExitCode> {
  if (options.setCurrent === true) await setCurrent(env);
  const findings = [
    ...(await installed(env)),
    ...(await fleet(env)),
    ...(await record(env, options.repair === true)),
  ];
  if (options.json === true) printJson(findings);
  else findings.forEach(show);
  return exitCode(findings);
}

/** What is missing keeps every run from going on; what differs, some. */
function exitCode(findings: readonly Finding[]): ExitCode {
  const any = (...states: readonly Finding['state'][]) =>
    findings.some(({ state }) => states.includes(state));
  if (any('missing')) return EXIT.environment;
  return any('differs', 'lost') ? EXIT.unfinished : EXIT.completed;
}
