import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporalBinary } from '../../src/local-stack/temporal/temporal-binary.js';

/**
 * The path of a `temporal` binary: TEMPORAL_CLI_PATH, the one in PATH, or one that is downloaded once and shared by all
 * tests on this machine.
 */
export async function temporalCli(): Promise<string> {
  const home = join(tmpdir(), 'leadwright-test-bin');
  return (await findTemporalBinary({ home, env: process.env })).path;
}
