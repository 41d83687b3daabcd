import { existsSync } from 'node:fs';
import { HOW_TO_RESTORE } from '../../git/process/git-errors.js';
import { findMissing } from '../../git/store/store-folder.js';
import type { HomePaths } from '../../shared/config.js';

/**
 * Says that the git store of a local stack is gone, or has lost a part, so that no step of a run succeeds; null when it is
 * there. A worker tries each step again and again, because the store may come back.
 */
export async function lostStoreWarning({
  store,
  postgres,
}: Pick<HomePaths, 'store' | 'postgres'>): Promise<string | null> {
  // The workers of a fleet may have their store elsewhere.
  if (!existsSync(postgres)) return null;
  const missing = await findMissing(store);
  if (missing === null) return null;
  const what = existsSync(store) ? `is damaged: it has no ${missing}` : 'is gone';
  return `the git store ${store} ${what}. ${HOW_TO_RESTORE}`;
}
