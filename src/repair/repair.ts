/** The record, compared with itself, the git store, the users' repositories, Temporal and the disk. */
import type { Difference, Repaired, RepairPlace } from './difference.js';
import { compareTips } from './commits.js';
import { compareFolders } from './folders.js';
import { compareLedger } from './ledger.js';
import { compareWork } from './work.js';
import { compareWorkflows } from './workflows.js';

/**
 * In this order: what a lead reads when it is started again is whole by then. Each look comes after the mends of
 * those before it, which may have changed what it finds.
 */
const LOOKS: readonly ((place: RepairPlace) => Promise<Difference[]>)[] = [
  ({ db }) => compareLedger(db),
  compareTips,
  compareWork,
  compareWorkflows,
  ({ paths }) => compareFolders(paths),
];

/** Finds what differs and, when it is told to, mends what can be mended. Done again, it finds nothing of that. */
export async function repair(place: RepairPlace, mend: boolean): Promise<Repaired[]> {
  const all: Repaired[] = [];
  for (const look of LOOKS) {
    for (const difference of await look(place)) {
      const mended = mend && difference.kind === 'mendable';
      if (mended) await difference.apply();
      all.push({ difference, mended });
    }
  }
  return all;
}
