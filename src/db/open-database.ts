import { PrismaPg } from '@prisma/adapter-pg';
import { openSqlDatabase, type Database } from './database.js';
import { PrismaClient } from './generated/client.js';

/** Opens the database with Prisma's client; the parameters are those of `openSqlDatabase`. The first query connects. */
export function openDatabase(...options: Parameters<typeof openSqlDatabase>): Database {
  const sql = openSqlDatabase(...options);
  const { pool } = sql;
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await sql.close();
    },
  };
}
