/** A record with one of everything that a person meets on the dashboard in a day. */
import type { Database } from '../../src/db/database.js';
import { recordAnswer } from '../../src/db/blockers.js';
import { recordVerdict, storeVerdict } from '../../src/db/verdicts.js';
import { blockerId, runId, treeSha } from '../../src/contract/ids.js';
import { begun, driveTo, key, recordRun, storeAttemptOf, WORK, workerOf } from './run-record.js';

export const DAY = 'day';
/** Completed, though its branch fails `verify` and a person accepted some of its work. */
export const DOUBTFUL = 'doubtful';

/** The failing part of a test's output begins at its first failure. */
export const FAILURE = 'not ok 2 - rounds half up\n  AssertionError: 1.00 !== 1.01';
const OUTPUT = `TAP version 13\nok 1 - adds\n${FAILURE}\n`;

const TITLES = [
  'Implement the price of a book with its discounts for libraries, schools and members',
  'Implement the cart with its limits for each customer and each kind of book',
  'Implement the checkout with vouchers, gift cards and payment in several parts',
  'Implement the search of the catalogue by author, title, publisher and year',
  'Implement the export of orders for the bookkeeping of several branches',
];

/** The ids of the tasks of DAY, by what they are in. */
export const TASKS = {
  red: 'price-of-books',
  asks: 'cart-limits',
  third: 'checkout-parts',
  dependants: ['search-catalogue', 'export-orders'],
} as const;

/** Records the runs. */
export async function recordDay(db: Database): Promise<void> {
  await recordRun(
    db,
    DAY,
    [
      { id: TASKS.red, title: TITLES[0] ?? '', test: 'npm test -- price' },
      { id: TASKS.asks, title: TITLES[1] ?? '' },
      { id: TASKS.third, title: TITLES[2] ?? '' },
      { id: 'search-catalogue', title: TITLES[3] ?? '', dependsOn: [TASKS.red] },
      { id: 'export-orders', title: TITLES[4] ?? '', dependsOn: ['search-catalogue'] },
      ...Array.from({ length: 30 }, (_, index) => ({
        id: `module-${index + 1}`,
        title: `Implement the module number ${index + 1} of the shop with its own table and its own page`,
        // An edge to an agent at work.
        ...(index === 9 ? { dependsOn: ['module-9'] } : {}),
      })),
    ],
    { repository: '/home/ada/projects/bookshop', concurrency: 3 },
  );
  for (let index = 1; index <= 10; index += 1) await driveTo(db, key(DAY, `module-${index}`), 'in_progress');
  await driveTo(db, key(DAY, TASKS.red), 'in_progress');
  await redTwice(db, TASKS.red);
  await askAbout(db, DAY, TASKS.red, 'tests_failed', '`npm test -- price` still fails: 1 of 2 tests failed');
  await driveTo(db, key(DAY, TASKS.asks), 'in_progress');
  await askAbout(db, DAY, TASKS.asks, 'question', 'Is the limit for each day or for each order?');
  await driveTo(db, key(DAY, TASKS.third), 'in_progress');
  await askAbout(db, DAY, TASKS.third, 'refusal', 'The model refused to go on.');

  await recordRun(
    db,
    DOUBTFUL,
    [
      { id: 'proven', title: 'Proven' },
      { id: 'failing', title: 'Failing' },
      { id: 'untested', title: 'Untested' },
    ],
    { repository: '/home/ada/projects/library', planHash: 'another' },
  );
  for (const [task, passed] of [
    ['proven', true],
    ['failing', false],
  ] as const) {
    await driveTo(db, key(DOUBTFUL, task), 'in_progress');
    await storeAttemptOf(db, key(DOUBTFUL, task));
    await judge(db, DOUBTFUL, task, 1, passed);
  }
  await driveTo(db, key(DOUBTFUL, 'untested'), 'in_progress');
  for (const task of ['failing', 'untested']) {
    await askAbout(db, DOUBTFUL, task, 'question', 'Is it good enough?');
    const accept = { by: 'ada', choice: { kind: 'accept' }, text: '', addUsd: 0 } as const;
    await recordAnswer(db, blockerId(`${DOUBTFUL}:${task}:1`), accept);
  }
  // A task without work is completed by the answer.
  for (const task of ['proven', 'failing'])
    await db.pool.query(`SELECT move_task($1, $2, 'completed')`, [DOUBTFUL, task]);
  await db.pool.query(
    `UPDATE runs SET status = 'completed', verified = false, finished_at = created_at + interval '75 minutes',
       spent_usd = 12.5 WHERE id = $1`,
    [DOUBTFUL],
  );
}

/** Two attempts that fail in the same way: the second one changes nothing more. */
async function redTwice(db: Database, task: string): Promise<void> {
  for (const attempt of [1, 2]) {
    await storeAttemptOf(db, key(DAY, task), `Try ${attempt} rounds each price on its own.`, attempt);
    await judge(db, DAY, task, attempt, false);
  }
}

async function judge(
  db: Database,
  run: string,
  task: string,
  attempt: number,
  passed: boolean,
): Promise<void> {
  const command = 'npm test -- price';
  const verdict = await storeVerdict(
    db,
    await workerOf(db),
    // Each its own tree: a run tests no tree twice.
    {
      runId: runId(run),
      tree: treeSha(`${attempt}${passed ? 1 : 0}${'0'.repeat(38)}`),
      command,
      environment: task,
    },
    WORK,
    {
      passed,
      exitCode: passed ? 0 : 1,
      notFound: false,
      ms: 1_200,
      summary: passed ? '2 tests passed' : '1 of 2 tests failed: rounds half up',
      output: passed ? 'ok' : OUTPUT,
    },
  );
  await recordVerdict(db, await begun(db, key(run, task)), {
    attempt,
    turn: attempt,
    commit: WORK,
    command,
    verdict,
    correction: attempt > 1,
    reply: 'red',
    next: passed ? null : { correction: attempt, reason: '1 of 2 tests failed', startsAgain: false },
  });
}

async function askAbout(db: Database, run: string, task: string, reason: string, question: string) {
  await db.pool.query('SELECT raise_blocker($1, $2, $3, $4, NULL)', [run, task, reason, question]);
}
