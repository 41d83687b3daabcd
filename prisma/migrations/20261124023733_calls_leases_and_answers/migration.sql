-- AlterTable
ALTER TABLE "attempts" ADD COLUMN     "accepted" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "blockers" ADD COLUMN     "choice" TEXT,
ADD COLUMN     "tellings" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "told_at" TIMESTAMPTZ(3),
ADD COLUMN     "turn" INTEGER;

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "branch_accepted" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "budget_usd" DECIMAL(16,9),
ADD COLUMN     "cancel_asked" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "report_at" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "report_attempt" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "reserved_usd" DECIMAL(16,9) NOT NULL DEFAULT 0,
ADD COLUMN     "spent_usd" DECIMAL(16,9) NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "corrections_allowed" INTEGER,
ADD COLUMN     "step_at" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "step_attempt" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "model_calls" (
    "id" SERIAL NOT NULL,
    "run_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "turn" INTEGER NOT NULL,
    "worker_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "worst_usd" DECIMAL(16,9) NOT NULL,
    "cost_usd" DECIMAL(16,9),
    "input_tokens" INTEGER NOT NULL DEFAULT 0,
    "output_tokens" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "model_calls_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "build" TEXT NOT NULL,
    "queues" TEXT[],
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "dead" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_limits" (
    "key" TEXT NOT NULL,
    "interval_ms" INTEGER NOT NULL,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "cut_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "model_limits_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "model_calls_run_id_task_id_turn_idx" ON "model_calls"("run_id", "task_id", "turn");

-- AddForeignKey
ALTER TABLE "model_calls" ADD CONSTRAINT "model_calls_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_calls" ADD CONSTRAINT "model_calls_run_id_task_id_fkey" FOREIGN KEY ("run_id", "task_id") REFERENCES "tasks"("run_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the schema language cannot say.

-- What was answered before there was a ledger of calls.
UPDATE runs SET spent_usd = COALESCE((SELECT sum(cost_usd) FROM model_turns WHERE run_id = runs.id), 0);

ALTER TABLE "runs"
  ADD CONSTRAINT "runs_money" CHECK ("budget_usd" > 0 AND "spent_usd" >= 0 AND "reserved_usd" >= 0);

ALTER TABLE "tasks"
  ADD CONSTRAINT "tasks_corrections_allowed" CHECK ("corrections_allowed" >= 0);

ALTER TABLE "model_calls"
  ADD CONSTRAINT "model_calls_state" CHECK (
    "state" IN ('waiting', 'open', 'answered', 'late', 'refused', 'lost', 'unsent')),
  ADD CONSTRAINT "model_calls_ended" CHECK (("state" IN ('waiting', 'open')) = ("ended_at" IS NULL)),
  ADD CONSTRAINT "model_calls_cost" CHECK (("state" IN ('answered', 'late')) = ("cost_usd" IS NOT NULL)),
  ADD CONSTRAINT "model_calls_counts" CHECK (
    "turn" > 0 AND "worst_usd" >= 0 AND "cost_usd" >= 0 AND "input_tokens" >= 0 AND "output_tokens" >= 0);
-- A turn is asked by one worker at a time.
CREATE UNIQUE INDEX "model_calls_one_open" ON "model_calls" ("run_id", "task_id", "turn")
  WHERE "state" IN ('waiting', 'open');
CREATE INDEX "model_calls_open" ON "model_calls" ("worker_id") WHERE "state" IN ('waiting', 'open');

ALTER TABLE "model_limits" ADD CONSTRAINT "model_limits_interval" CHECK ("interval_ms" >= 0);

ALTER TABLE "blockers"
  ADD CONSTRAINT "blockers_choice" CHECK ("choice" IN ('hint', 'retry', 'accept', 'skip', 'money')),
  ADD CONSTRAINT "blockers_tellings" CHECK ("tellings" >= 0);

-- A person may take work whose tests are red.
ALTER TABLE "attempts" DROP CONSTRAINT "attempts_only_green_land";
ALTER TABLE "attempts"
  ADD CONSTRAINT "attempts_only_green_land" CHECK ("landing" IS NULL OR "passed" OR "accepted");
