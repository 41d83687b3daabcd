-- AlterTable
ALTER TABLE "workers" ADD COLUMN     "owner" TEXT NOT NULL DEFAULT '';
