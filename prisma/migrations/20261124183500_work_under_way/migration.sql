-- AlterTable
ALTER TABLE "workers" ADD COLUMN     "under_way" INTEGER NOT NULL DEFAULT 0;

-- What the schema language cannot say.

ALTER TABLE "workers" ADD CONSTRAINT "workers_under_way" CHECK ("under_way" >= 0);
