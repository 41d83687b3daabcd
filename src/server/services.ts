import type { DashboardFile } from './dashboard-files.js';
import type { RunControl } from './control-service.js';
import type { ReadQueries } from './read-queries.js';
import type { SignInCodes } from './sign-in-codes.js';

/** The services that the routes use. */
export interface Services {
  readonly queries: ReadQueries;
  readonly control: RunControl;
  /** The dashboard's files by the path that each is served at. */
  readonly files: ReadonlyMap<string, DashboardFile>;
  /** A code that signs in to the Temporal UI once; null where there is no UI. */
  readonly temporalUiCode: () => string | null;
  /** The codes that sign in to the dashboard once. */
  readonly signInCodes: SignInCodes;
  /** All metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  /** Rejects when the database cannot be reached. */
  readonly checkDatabase: () => Promise<void>;
}
