-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('running', 'paused', 'completed', 'failed', 'blocked', 'cancelled');

-- CreateEnum
CREATE TYPE "task_status" AS ENUM ('pending', 'in_progress', 'completed', 'failed', 'blocked', 'cancelled', 'skipped');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('backend', 'frontend', 'test');

-- CreateTable
CREATE TABLE "projects" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "repository" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "projects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "issues" (
    "id" SERIAL NOT NULL,
    "project_id" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "issues_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT NOT NULL,
    "project_id" INTEGER NOT NULL,
    "status" "run_status" NOT NULL DEFAULT 'running',
    "repository" TEXT NOT NULL,
    "git_folder" TEXT NOT NULL,
    "branch" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "tip" TEXT NOT NULL,
    "plan" JSON NOT NULL,
    "plan_hash" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "concurrency" INTEGER NOT NULL,
    "max_corrections" INTEGER NOT NULL,
    "model_endpoint" TEXT NOT NULL,
    "allow_red_base" BOOLEAN NOT NULL,
    "verified" BOOLEAN,
    "stop_code" TEXT,
    "stop_reason" TEXT,
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tasks" (
    "run_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "project_id" INTEGER NOT NULL,
    "issue_id" INTEGER,
    "number" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "status" "task_status" NOT NULL DEFAULT 'pending',
    "assigned_to" "role" NOT NULL,
    "depends_on" TEXT[],
    "can_parallelize" BOOLEAN NOT NULL DEFAULT true,
    "priority" INTEGER NOT NULL DEFAULT 2,
    "workflow_step" TEXT NOT NULL DEFAULT 'ready',
    "requires_mcp" BOOLEAN NOT NULL DEFAULT false,
    "estimated_tokens" INTEGER NOT NULL DEFAULT 0,
    "actual_tokens" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "test_command" TEXT NOT NULL,
    "files" TEXT[],
    "may_change" TEXT[],
    "generate_timeout_ms" INTEGER NOT NULL,
    "test_timeout_ms" INTEGER NOT NULL,
    "attempt_count" INTEGER NOT NULL DEFAULT 0,
    "correction_count" INTEGER NOT NULL DEFAULT 0,
    "commit" TEXT,
    "files_modified" TEXT[],
    "output" TEXT NOT NULL DEFAULT '',
    "error" TEXT,

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("run_id","id")
);

-- CreateTable
CREATE TABLE "model_turns" (
    "run_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "model" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "prompt" JSON NOT NULL,
    "answer" JSON NOT NULL,
    "stop_reason" TEXT NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "cache_creation_tokens" INTEGER NOT NULL,
    "cache_read_tokens" INTEGER NOT NULL,
    "cost_usd" DECIMAL(16,9) NOT NULL,
    "ms" INTEGER NOT NULL,
    "answered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "shown" TEXT[],
    "reply" TEXT,

    CONSTRAINT "model_turns_pkey" PRIMARY KEY ("run_id","task_id","number")
);

-- CreateTable
CREATE TABLE "attempts" (
    "run_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "turn" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "start" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    "tree" TEXT NOT NULL,
    "files" TEXT[],
    "explanation" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "test_id" INTEGER,
    "passed" BOOLEAN,
    "landing" TEXT,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("run_id","task_id","number")
);

-- CreateTable
CREATE TABLE "test_results" (
    "id" SERIAL NOT NULL,
    "run_id" TEXT NOT NULL,
    "tree" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    "passed" BOOLEAN NOT NULL,
    "exit_code" INTEGER,
    "not_found" BOOLEAN NOT NULL,
    "ms" INTEGER NOT NULL,
    "summary" TEXT NOT NULL,
    "output" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "test_results_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "correction_attempts" (
    "run_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "correction_attempts_pkey" PRIMARY KEY ("run_id","task_id","number")
);

-- CreateTable
CREATE TABLE "blockers" (
    "id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "task_id" TEXT,
    "reason" TEXT NOT NULL,
    "question" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(3),
    "resolved_by" TEXT,
    "answer" TEXT,

    CONSTRAINT "blockers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "run_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "task_id" TEXT,
    "type" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "data" JSONB NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("run_id","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "projects_name_repository_key" ON "projects"("name", "repository");

-- CreateIndex
CREATE UNIQUE INDEX "issues_project_id_title_key" ON "issues"("project_id", "title");

-- CreateIndex
CREATE INDEX "runs_created_at_idx" ON "runs"("created_at");

-- CreateIndex
CREATE INDEX "runs_status_idx" ON "runs"("status");

-- CreateIndex
CREATE INDEX "tasks_project_id_idx" ON "tasks"("project_id");

-- CreateIndex
CREATE UNIQUE INDEX "tasks_run_id_number_key" ON "tasks"("run_id", "number");

-- CreateIndex
CREATE UNIQUE INDEX "attempts_run_id_task_id_turn_key" ON "attempts"("run_id", "task_id", "turn");

-- CreateIndex
CREATE UNIQUE INDEX "test_results_run_id_tree_environment_key" ON "test_results"("run_id", "tree", "environment");

-- CreateIndex
CREATE INDEX "blockers_run_id_idx" ON "blockers"("run_id");

-- AddForeignKey
ALTER TABLE "issues" ADD CONSTRAINT "issues_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_issue_id_fkey" FOREIGN KEY ("issue_id") REFERENCES "issues"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_turns" ADD CONSTRAINT "model_turns_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_turns" ADD CONSTRAINT "model_turns_run_id_task_id_fkey" FOREIGN KEY ("run_id", "task_id") REFERENCES "tasks"("run_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_run_id_task_id_fkey" FOREIGN KEY ("run_id", "task_id") REFERENCES "tasks"("run_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_test_id_fkey" FOREIGN KEY ("test_id") REFERENCES "test_results"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "test_results" ADD CONSTRAINT "test_results_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "correction_attempts" ADD CONSTRAINT "correction_attempts_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "correction_attempts" ADD CONSTRAINT "correction_attempts_run_id_task_id_fkey" FOREIGN KEY ("run_id", "task_id") REFERENCES "tasks"("run_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "blockers" ADD CONSTRAINT "blockers_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "blockers" ADD CONSTRAINT "blockers_run_id_task_id_fkey" FOREIGN KEY ("run_id", "task_id") REFERENCES "tasks"("run_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the schema language cannot say.

ALTER TABLE "runs"
  ADD CONSTRAINT "runs_id_shape" CHECK ("id" ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  ADD CONSTRAINT "runs_base_is_a_commit" CHECK ("base" ~ '^[0-9a-f]{40}$'),
  ADD CONSTRAINT "runs_tip_is_a_commit" CHECK ("tip" ~ '^[0-9a-f]{40}$'),
  ADD CONSTRAINT "runs_concurrency_positive" CHECK ("concurrency" > 0),
  ADD CONSTRAINT "runs_max_corrections_not_negative" CHECK ("max_corrections" >= 0),
  ADD CONSTRAINT "runs_last_seq_not_negative" CHECK ("last_seq" >= 0);

ALTER TABLE "tasks"
  ADD CONSTRAINT "tasks_id_shape" CHECK ("id" ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  ADD CONSTRAINT "tasks_number_positive" CHECK ("number" > 0),
  ADD CONSTRAINT "tasks_priority_range" CHECK ("priority" BETWEEN 0 AND 4),
  ADD CONSTRAINT "tasks_not_on_itself" CHECK ("id" <> ALL ("depends_on")),
  ADD CONSTRAINT "tasks_step" CHECK ("workflow_step" IN ('ready', 'generate', 'apply', 'test', 'land', 'done')),
  ADD CONSTRAINT "tasks_counts" CHECK ("attempt_count" >= 0 AND "correction_count" BETWEEN 0 AND "attempt_count"),
  ADD CONSTRAINT "tasks_tokens" CHECK ("estimated_tokens" >= 0 AND "actual_tokens" >= 0),
  ADD CONSTRAINT "tasks_commit_is_a_commit" CHECK ("commit" ~ '^[0-9a-f]{40}$'),
  ADD CONSTRAINT "tasks_failure_says_why" CHECK ("status" NOT IN ('failed', 'skipped') OR "error" IS NOT NULL),
  ADD CONSTRAINT "tasks_completed_says_when" CHECK (("status" = 'completed') = ("completed_at" IS NOT NULL));

ALTER TABLE "model_turns"
  ADD CONSTRAINT "model_turns_number_positive" CHECK ("number" > 0),
  ADD CONSTRAINT "model_turns_counts" CHECK (
    "input_tokens" >= 0 AND "output_tokens" >= 0 AND "cache_creation_tokens" >= 0 AND "cache_read_tokens" >= 0
    AND "cost_usd" >= 0 AND "ms" >= 0);

ALTER TABLE "attempts"
  ADD CONSTRAINT "attempts_kind" CHECK ("kind" IN ('first', 'correction', 'rebase')),
  ADD CONSTRAINT "attempts_landing" CHECK ("landing" IN ('landed', 'conflict', 'red')),
  ADD CONSTRAINT "attempts_verdict_whole" CHECK (("test_id" IS NULL) = ("passed" IS NULL)),
  ADD CONSTRAINT "attempts_only_green_land" CHECK ("landing" IS NULL OR "passed");

ALTER TABLE "blockers"
  ADD CONSTRAINT "blockers_resolved_whole" CHECK (("resolved_at" IS NULL) = ("resolved_by" IS NULL));
-- One open question of a kind to a person at a time, for the run and for each of its tasks.
CREATE UNIQUE INDEX "blockers_one_open" ON "blockers" ("run_id", COALESCE("task_id", ''), "reason")
  WHERE "resolved_at" IS NULL;

ALTER TABLE "events" ADD CONSTRAINT "events_seq_positive" CHECK ("seq" > 0);

-- A task's status changes along these edges and no others, whoever tries.
CREATE FUNCTION check_task_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_allowed boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'pending' THEN
      RAISE EXCEPTION 'task % of run % starts as pending, not %', NEW.id, NEW.run_id, NEW.status
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  v_allowed := CASE OLD.status
      WHEN 'pending' THEN NEW.status IN ('in_progress', 'skipped', 'cancelled')
      WHEN 'in_progress' THEN NEW.status IN ('completed', 'failed', 'blocked', 'cancelled')
      WHEN 'blocked' THEN NEW.status IN ('in_progress', 'completed', 'skipped', 'cancelled')
      WHEN 'failed' THEN NEW.status = 'pending'
      WHEN 'skipped' THEN NEW.status = 'pending'
      ELSE false
    END;
  IF NEW.status <> OLD.status AND NOT v_allowed THEN
    RAISE EXCEPTION 'task % of run % cannot go from % to %', NEW.id, NEW.run_id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "tasks_status" BEFORE INSERT OR UPDATE OF "status" ON "tasks"
  FOR EACH ROW EXECUTE FUNCTION check_task_status();

-- A run that is completed or cancelled stays so; a failed one runs again when a task is tried again.
CREATE FUNCTION check_run_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status AND (OLD.status IN ('completed', 'cancelled')
      OR (OLD.status = 'failed' AND NEW.status <> 'running')) THEN
    RAISE EXCEPTION 'run % cannot go from % to %', NEW.id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "runs_status" BEFORE UPDATE OF "status" ON "runs"
  FOR EACH ROW EXECUTE FUNCTION check_run_status();

-- The event log. seq is taken under the lock of the run's row, which is held until the commit, so that no
-- reader ever sees 5 before 4. Whoever locks tasks too locks them first, in the order of their ids, and all of
-- them before the run's row. Locks are FOR NO KEY UPDATE, as an update of these columns takes itself: a foreign
-- key's check does not wait for it, so that nobody waits for one who has only added a row.
CREATE FUNCTION append_event(p_run text, p_task text, p_type text, p_data jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  v_seq integer;
BEGIN
  UPDATE runs SET last_seq = last_seq + 1 WHERE id = p_run RETURNING last_seq INTO STRICT v_seq;
  INSERT INTO events (run_id, seq, task_id, type, at, data)
    VALUES (p_run, v_seq, p_task, p_type, date_trunc('milliseconds', clock_timestamp()), p_data);
  -- It only wakes the notifier; the table is the truth.
  PERFORM pg_notify('leadwright_events', p_run);
  RETURN v_seq;
END $$;

-- Moves a task and says so. False, and nothing done, when it is there already: a step may be done twice.
CREATE FUNCTION move_task(p_run text, p_task text, p_to task_status, p_error text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_task tasks%ROWTYPE;
BEGIN
  SELECT * INTO STRICT v_task FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  IF v_task.status = p_to THEN RETURN false; END IF;
  UPDATE tasks SET
      status = p_to,
      error = p_error,
      workflow_step = CASE WHEN p_to IN ('in_progress') THEN 'generate' WHEN p_to = 'pending' THEN 'ready' ELSE 'done' END,
      started_at = CASE WHEN p_to = 'in_progress' THEN COALESCE(started_at, clock_timestamp()) ELSE started_at END,
      completed_at = CASE WHEN p_to = 'completed' THEN clock_timestamp() ELSE completed_at END
    WHERE run_id = p_run AND id = p_task;
  PERFORM append_event(p_run, p_task, 'task.status', jsonb_strip_nulls(jsonb_build_object(
    'status', p_to,
    'from', v_task.status,
    'agentId', v_task.assigned_to || '-worker',
    'attempt', v_task.attempt_count + CASE WHEN p_to = 'in_progress' THEN 1 ELSE 0 END,
    'error', p_error)));
  RETURN true;
END $$;

-- Ends a task without success, and with it, as skipped, all that waits for it.
CREATE FUNCTION end_task(p_run text, p_task text, p_to task_status, p_error text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  v_waiting text[];
  v_id text;
BEGIN
  WITH RECURSIVE waiting AS (
    SELECT id FROM tasks WHERE run_id = p_run AND p_task = ANY (depends_on)
    UNION
    SELECT tasks.id FROM tasks JOIN waiting ON waiting.id = ANY (tasks.depends_on) WHERE tasks.run_id = p_run
  )
  SELECT COALESCE(array_agg(id), '{}') INTO v_waiting FROM waiting;
  PERFORM 1 FROM tasks WHERE run_id = p_run AND id = ANY (v_waiting || p_task) ORDER BY id FOR NO KEY UPDATE;
  PERFORM move_task(p_run, p_task, p_to, p_error);
  FOR v_id IN SELECT id FROM tasks
      WHERE run_id = p_run AND id = ANY (v_waiting) AND status = 'pending' ORDER BY id LOOP
    PERFORM move_task(p_run, v_id, 'skipped', format('Skipped: it needs %s, which ended %s.', p_task, p_to));
    RETURN NEXT v_id;
  END LOOP;
END $$;

-- Asks a person about a task, or about the run (p_task null). The same question, still open, is not asked
-- twice. Ids are made to be typed: run, task when there is one, and a number.
CREATE FUNCTION raise_blocker(p_run text, p_task text, p_reason text, p_question text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
BEGIN
  IF p_task IS NOT NULL THEN
    PERFORM 1 FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  ELSE
    PERFORM 1 FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  END IF;
  SELECT concat_ws(':', p_run, p_task, count(*) + 1) INTO v_id
    FROM blockers WHERE run_id = p_run AND task_id IS NOT DISTINCT FROM p_task;
  INSERT INTO blockers (id, run_id, task_id, reason, question) VALUES (v_id, p_run, p_task, p_reason, p_question)
    ON CONFLICT (run_id, COALESCE(task_id, ''), reason) WHERE resolved_at IS NULL DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_task IS NOT NULL THEN
    PERFORM move_task(p_run, p_task, 'blocked', p_question);
  END IF;
  PERFORM append_event(p_run, p_task, 'blocker.raised',
    jsonb_build_object('blockerId', v_id, 'reason', p_reason, 'question', p_question));
  RETURN true;
END $$;

-- Gives an attempt its verdict. False, and nothing done, when it has one. p_correction: the correction that a
-- red verdict starts, null when there is none.
CREATE FUNCTION record_verdict(p_run text, p_task text, p_attempt integer, p_turn integer, p_test integer,
  p_passed boolean, p_was_correction boolean, p_reply text, p_finished jsonb, p_correction integer, p_reason text)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  UPDATE attempts SET test_id = p_test, passed = p_passed
    WHERE run_id = p_run AND task_id = p_task AND number = p_attempt AND test_id IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE tasks SET
      attempt_count = p_attempt,
      correction_count = correction_count + p_was_correction::int,
      workflow_step = CASE WHEN p_passed THEN 'land' ELSE 'generate' END
    WHERE run_id = p_run AND id = p_task;
  IF p_reply IS NOT NULL THEN
    UPDATE model_turns SET reply = p_reply WHERE run_id = p_run AND task_id = p_task AND number = p_turn;
  END IF;
  PERFORM append_event(p_run, p_task, 'tests.finished', p_finished);
  IF p_correction IS NOT NULL THEN
    INSERT INTO correction_attempts (run_id, task_id, number, attempt, reason)
      VALUES (p_run, p_task,
        (SELECT count(*) + 1 FROM correction_attempts WHERE run_id = p_run AND task_id = p_task),
        p_attempt, p_reason);
    PERFORM append_event(p_run, p_task, 'correction.started',
      jsonb_build_object('attempt', p_attempt + 1, 'correction', p_correction, 'reason', p_reason));
  END IF;
  RETURN true;
END $$;

-- Takes what is ready to the branch: all of it or, when the tip has moved meanwhile, nothing (false). What has
-- been landed or sent back already is left as it is: when nothing changed, the tip does not tell.
-- p_landed: [{task, attempt, commit, files, explanation}] in order, commit null for an empty change.
-- p_back: [{task, attempt, turn, outcome, files, reply}], to go back to their agents.
CREATE FUNCTION land_tasks(p_run text, p_from text, p_to text, p_landed jsonb, p_back jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_item jsonb;
BEGIN
  PERFORM 1 FROM tasks WHERE run_id = p_run
    AND id IN (SELECT item ->> 'task' FROM jsonb_array_elements(p_landed || p_back) AS item)
    ORDER BY id FOR NO KEY UPDATE;
  UPDATE runs SET tip = p_to WHERE id = p_run AND tip = p_from;
  IF NOT FOUND THEN RETURN false; END IF;
  FOR v_item IN SELECT * FROM jsonb_array_elements(p_landed) LOOP
    UPDATE attempts SET landing = 'landed'
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'attempt')::int
        AND landing IS NULL;
    CONTINUE WHEN NOT FOUND;
    UPDATE tasks SET
        commit = v_item ->> 'commit',
        files_modified = ARRAY(SELECT jsonb_array_elements_text(v_item -> 'files')),
        output = v_item ->> 'explanation'
      WHERE run_id = p_run AND id = v_item ->> 'task';
    PERFORM append_event(p_run, v_item ->> 'task', 'merge.finished', jsonb_strip_nulls(jsonb_build_object(
      'outcome', 'landed', 'commit', v_item ->> 'commit', 'files', v_item -> 'files')));
    PERFORM move_task(p_run, v_item ->> 'task', 'completed');
  END LOOP;
  FOR v_item IN SELECT * FROM jsonb_array_elements(p_back) LOOP
    UPDATE attempts SET landing = v_item ->> 'outcome'
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'attempt')::int
        AND landing IS NULL;
    CONTINUE WHEN NOT FOUND;
    UPDATE model_turns SET reply = v_item ->> 'reply'
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'turn')::int;
    PERFORM append_event(p_run, v_item ->> 'task', 'merge.finished', jsonb_build_object(
      'outcome', v_item ->> 'outcome', 'files', v_item -> 'files'));
  END LOOP;
  RETURN true;
END $$;

-- Moves a run and says so. False, and nothing done, when it is there already.
CREATE FUNCTION move_run(p_run text, p_to run_status, p_code text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_from run_status;
BEGIN
  SELECT status INTO STRICT v_from FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF v_from = p_to THEN RETURN false; END IF;
  UPDATE runs SET
      status = p_to,
      stop_code = p_code,
      stop_reason = p_reason,
      finished_at = CASE WHEN p_to IN ('completed', 'failed', 'cancelled') THEN clock_timestamp() END
    WHERE id = p_run;
  PERFORM append_event(p_run, NULL, 'run.status', jsonb_strip_nulls(jsonb_build_object(
    'status', p_to, 'from', v_from, 'reason', p_reason)));
  RETURN true;
END $$;

-- Cancels what has not ended, and the run with it. False, and nothing done, when the run had ended before.
CREATE FUNCTION cancel_run(p_run text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
BEGIN
  -- All locks before the first event: a loop takes them as it goes, and the run's row would come between.
  PERFORM 1 FROM tasks WHERE run_id = p_run ORDER BY id FOR NO KEY UPDATE;
  -- The run's end was faster than the cancellation: it stands.
  IF (SELECT status FROM runs WHERE id = p_run FOR NO KEY UPDATE) IN ('completed', 'failed') THEN
    RETURN false;
  END IF;
  FOR v_id IN SELECT id FROM tasks
      WHERE run_id = p_run AND status IN ('pending', 'in_progress', 'blocked') ORDER BY id LOOP
    PERFORM move_task(p_run, v_id, 'cancelled', 'Cancelled with its run.');
  END LOOP;
  -- Nobody needs to answer any more.
  FOR v_id IN UPDATE blockers SET resolved_at = clock_timestamp(), resolved_by = 'cancel', answer = ''
      WHERE run_id = p_run AND resolved_at IS NULL RETURNING id LOOP
    PERFORM append_event(p_run, (SELECT task_id FROM blockers WHERE id = v_id), 'blocker.resolved',
      jsonb_build_object('blockerId', v_id, 'by', 'cancel', 'answer', ''));
  END LOOP;
  RETURN move_run(p_run, 'cancelled');
END $$;

-- A person's answer. It goes to the agent with the result of its last call, whatever that was. Null when there
-- is no such blocker, false when it was answered before.
CREATE FUNCTION resolve_blocker(p_id text, p_by text, p_answer text, p_reply text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_blocker blockers%ROWTYPE;
BEGIN
  SELECT * INTO v_blocker FROM blockers WHERE id = p_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF v_blocker.task_id IS NOT NULL THEN
    PERFORM 1 FROM tasks WHERE run_id = v_blocker.run_id AND id = v_blocker.task_id FOR NO KEY UPDATE;
  ELSE
    PERFORM 1 FROM runs WHERE id = v_blocker.run_id FOR NO KEY UPDATE;
  END IF;
  UPDATE blockers SET resolved_at = clock_timestamp(), resolved_by = p_by, answer = p_answer
    WHERE id = p_id AND resolved_at IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  IF v_blocker.task_id IS NOT NULL THEN
    UPDATE model_turns SET reply = p_reply || COALESCE(E'\n\n' || reply, '')
      WHERE run_id = v_blocker.run_id AND task_id = v_blocker.task_id
        AND number = (SELECT max(number) FROM model_turns
                      WHERE run_id = v_blocker.run_id AND task_id = v_blocker.task_id);
  END IF;
  PERFORM append_event(v_blocker.run_id, v_blocker.task_id, 'blocker.resolved',
    jsonb_build_object('blockerId', p_id, 'by', p_by, 'answer', p_answer));
  -- It can go on without a person now; the lead says so again when it has looked.
  IF (SELECT status FROM runs WHERE id = v_blocker.run_id) = 'blocked' THEN
    PERFORM move_run(v_blocker.run_id, 'running');
  END IF;
  RETURN true;
END $$;

-- Runs a failed or skipped task again, with all that was skipped because of it and of nothing else; the run runs
-- again too. Returns what is pending again; nothing when the task has not failed or been skipped, or when the run
-- is over for good.
CREATE FUNCTION retry_task(p_run text, p_task text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  v_ids text[];
  v_startable text[];
  v_status run_status;
  v_id text;
BEGIN
  PERFORM 1 FROM tasks WHERE run_id = p_run ORDER BY id FOR NO KEY UPDATE;
  SELECT status INTO v_status FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF v_status IN ('completed', 'cancelled') THEN RETURN; END IF;
  WITH RECURSIVE waiting AS (
    SELECT id FROM tasks WHERE run_id = p_run AND p_task = ANY (depends_on)
    UNION
    SELECT tasks.id FROM tasks JOIN waiting ON waiting.id = ANY (tasks.depends_on) WHERE tasks.run_id = p_run
  ), needed AS (
    -- What it was skipped for has to run again with it.
    SELECT p_task AS id
    UNION
    SELECT needs.id FROM needed JOIN tasks ON tasks.run_id = p_run AND tasks.id = needed.id
      JOIN tasks AS needs ON needs.run_id = p_run AND needs.id = ANY (tasks.depends_on)
        AND needs.status IN ('failed', 'skipped')
  )
  SELECT COALESCE(array_agg(id ORDER BY id), '{}') INTO v_ids FROM tasks
    WHERE run_id = p_run AND (
      (id IN (SELECT id FROM needed) AND status IN ('failed', 'skipped'))
      OR (id IN (SELECT id FROM waiting) AND status = 'skipped'));
  IF NOT p_task = ANY (v_ids) THEN RETURN; END IF;
  -- What another failed task keeps from starting stays skipped, and so does what waits for that.
  LOOP
    SELECT array_agg(id ORDER BY id) INTO v_startable FROM tasks
      WHERE run_id = p_run AND id = ANY (v_ids) AND NOT EXISTS (
        SELECT FROM tasks AS needs WHERE needs.run_id = p_run AND needs.id = ANY (tasks.depends_on)
          AND needs.status IN ('failed', 'skipped') AND needs.id <> ALL (v_ids));
    EXIT WHEN v_startable = v_ids;
    v_ids := v_startable;
  END LOOP;
  FOREACH v_id IN ARRAY v_ids LOOP
    PERFORM move_task(p_run, v_id, 'pending');
    RETURN NEXT v_id;
  END LOOP;
  IF v_status IN ('failed', 'blocked') THEN PERFORM move_run(p_run, 'running'); END IF;
END $$;

-- A task waits with the whole run for a person: it is blocked, and the run's one blocker says why.
CREATE FUNCTION hold_task(p_run text, p_task text, p_reason text, p_question text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM move_task(p_run, p_task, 'blocked', p_question);
  RETURN raise_blocker(p_run, NULL, p_reason, p_question);
END $$;
