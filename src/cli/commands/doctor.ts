import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printFinding, SANDBOX, type Finding } from '../doctor/finding.js';
import { checkFleet, setCurrent } from '../doctor/check-fleet.js';
import { checkInstalled } from '../doctor/check-installed.js';
import { checkRecord } from '../doctor/check-record.js';
import { describeStack } from '../../local-stack/describe-stack.js';
import { embeddedNamespace, hasExternalTemporal } from '../../local-stack/external-services.js';
import { temporalSettings } from '../../local-stack/temporal/temporal-settings.js';
import { quoteIfNeeded } from '../../shared/process/shell.js';
import { print, printResult } from '../print/output.js';
import { pathsOf } from '../session/session.js';

interface DoctorOptions extends JsonOption {
  readonly setCurrent?: boolean;
  readonly repair?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option(
      '--repair',
      'repair the record of runs where it differs from Temporal, the git store and the disk',
    )
    .option(
      '--set-current',
      "make this build the current one: a fleet's runs continue with it (TEMPORAL_ADDRESS)",
    )
    .action((options: DoctorOptions) => act((env) => doctor(env, options)));
}

async function doctor(env: Environment, options: DoctorOptions): Promise<ExitCode> {
  if (options.setCurrent === true) await setCurrent(env);
  const installed = [...(await checkInstalled(env)), ...(await checkFleet(env))];
  const record = await checkRecord(env, options.repair === true);
  const findings = [...withoutOwnSandbox(installed, record), ...record];
  const { temporal, temporalMissing } = await temporalForTools(env);
  await printResult(options, { findings, temporal, temporalMissing }, () => {
    findings.forEach(printFinding);
    if (temporal === null) {
      print(`\nTemporal's own command line: there are no settings now, because ${temporalMissing}`);
      return;
    }
    const settings = Object.entries(temporal).map(([name, value]) => `${name}=${quoteIfNeeded(value)}`);
    print(`\nTemporal's own command line reaches the embedded server with these settings, for example:`);
    print(`  env ${settings.join(' ')} temporal workflow list`);
  });
  return exitCode(findings);
}

/** Without the sandbox of this command's environment when workers run: theirs count, and may be others. */
function withoutOwnSandbox(installed: readonly Finding[], record: readonly Finding[]): readonly Finding[] {
  const isSandbox = ({ what }: Finding) => what === SANDBOX;
  return record.some(isSandbox) ? installed.filter((finding) => !isSandbox(finding)) : installed;
}

type TemporalForTools =
  | { readonly temporal: Record<string, string>; readonly temporalMissing: null }
  /** `temporalMissing`: why there are none. */
  | { readonly temporal: null; readonly temporalMissing: string };

/** The settings with which Temporal's own tools reach the embedded server. */
async function temporalForTools(env: Environment): Promise<TemporalForTools> {
  if (hasExternalTemporal(env)) {
    const temporalMissing = 'this environment names a Temporal server of your own (TEMPORAL_…).';
    return { temporal: null, temporalMissing };
  }
  const { home } = pathsOf(env);
  const stack = await describeStack(home);
  if (stack.state !== 'running' || stack.temporalAddress === null) {
    return { temporal: null, temporalMissing: 'the stack is not running. Start it with:  leadwright up' };
  }
  const server = { address: stack.temporalAddress, namespace: embeddedNamespace(env) };
  return { temporal: temporalSettings(home, server), temporalMissing: null };
}

/** Something missing stops every run; a difference in the record stops some. */
function exitCode(findings: readonly Finding[]): ExitCode {
  const any = (...states: readonly Finding['state'][]) =>
    findings.some(({ state }) => states.includes(state));
  if (any('missing')) return EXIT.environment;
  return any('differs', 'lost') ? EXIT.unfinished : EXIT.completed;
}
