import { PrismaPg } from '@prisma/adapter-pg';
import { openSqlDatabase, type Database } from './database.js';
import { PrismaClient } from './generated/client.js';

/** Opens the database with Prisma's client; the parameters are those of `openSqlDatabase`. The first query connects. */
export function openDatabase(...options: Parameters<typeof openSqlDatabase>): Database {
  const sql = openSqlDatabase(...options);
  const { pool } = sql;
  let prisma: PrismaClient | undefined;
  return {
    pool,
    // Made for its first query, for which it compiles itself: together a quarter of a second, and no run's start needs it.
    get prisma() {
      return (prisma ??= new PrismaClient({ adapter: new PrismaPg(pool) }));
    },
    close: async () => {
      await prisma?.$disconnect();
      await sql.close();
    },
  };
}
