import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporalBinary } from '../../src/local-stack/temporal/temporal-binary.js';

/**
 * The path of a `temporal` binary for tests with homes of their own: TEMPORAL_CLI_PATH, the one in PATH, else one
 * that is fetched once for all tests of this machine.
 */
export async function temporalCli(): Promise<string> {
  const home = join(tmpdir(), 'leadwright-test-bin');
  return (await findTemporalBinary({ home, env: process.env })).path;
}
