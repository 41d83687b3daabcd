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

/**
 * Lets Prisma load and compile what any first query needs. That takes the process a quarter of a second, which is better
 * spent while it waits for something else.
 */
export async function warmUpPrisma({ prisma }: Database): Promise<void> {
  await prisma.run.findFirst({ select: { id: true }, where: { id: '' } });
}
