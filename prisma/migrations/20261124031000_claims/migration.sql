-- Steps and leases: a late attempt of an activity, or one of a worker that was taken for dead, changes nothing.

-- Takes over from a worker whose lease is over. False while it holds: then it lives, however slow it is.
CREATE FUNCTION take_over(p_worker text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE workers SET dead = true WHERE id = p_worker AND NOT dead AND lease_until < clock_timestamp();
  -- One that left, or that somebody took over from before, does not live either.
  RETURN NOT EXISTS (SELECT FROM workers WHERE id = p_worker AND NOT dead);
END $$;

CREATE FUNCTION check_worker(p_worker text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM workers WHERE id = p_worker AND NOT dead) THEN
    RAISE EXCEPTION 'worker % was taken for dead', p_worker USING ERRCODE = 'LW002';
  END IF;
END $$;

-- A step begins: an attempt of an activity of one task. Refused when a later one has begun before.
CREATE FUNCTION begin_step(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_task tasks%ROWTYPE;
BEGIN
  SELECT * INTO v_task FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'task % of run % is gone', p_task, p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF (p_at, p_attempt) < (v_task.step_at, v_task.step_attempt) THEN
    RAISE EXCEPTION 'a later step of task % has begun', p_task USING ERRCODE = 'LW001';
  END IF;
  UPDATE tasks SET step_at = p_at, step_attempt = p_attempt WHERE run_id = p_run AND id = p_task;
END $$;

-- Locks the task for a write of this step; refused unless it is still the task's newest.
CREATE FUNCTION check_step(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_task tasks%ROWTYPE;
BEGIN
  SELECT * INTO v_task FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'task % of run % is gone', p_task, p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF (p_at, p_attempt) <> (v_task.step_at, v_task.step_attempt) THEN
    RAISE EXCEPTION 'a later step of task % has begun', p_task USING ERRCODE = 'LW001';
  END IF;
END $$;

-- Locks a task with all that waits for it, in the order of their ids; gives the ids of what waits.
CREATE FUNCTION lock_with_waiting(p_run text, p_task text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  v_waiting text[];
BEGIN
  WITH RECURSIVE waiting AS (
    SELECT id FROM tasks WHERE run_id = p_run AND p_task = ANY (depends_on)
    UNION
    SELECT tasks.id FROM tasks JOIN waiting ON waiting.id = ANY (tasks.depends_on) WHERE tasks.run_id = p_run
  )
  SELECT COALESCE(array_agg(id), '{}') INTO v_waiting FROM waiting;
  PERFORM 1 FROM tasks WHERE run_id = p_run AND id = ANY (v_waiting || p_task) ORDER BY id FOR NO KEY UPDATE;
  RETURN v_waiting;
END $$;

-- Ends a task without success, and with it, as skipped, all that waits for it.
CREATE OR REPLACE FUNCTION end_task(p_run text, p_task text, p_to task_status, p_error text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  v_waiting text[];
  v_id text;
BEGIN
  v_waiting := lock_with_waiting(p_run, p_task);
  PERFORM move_task(p_run, p_task, p_to, p_error);
  FOR v_id IN SELECT id FROM tasks
      WHERE run_id = p_run AND id = ANY (v_waiting) AND status = 'pending' ORDER BY id LOOP
    PERFORM move_task(p_run, v_id, 'skipped', format('Skipped: it needs %s, which ended %s.', p_task, p_to));
    RETURN NEXT v_id;
  END LOOP;
END $$;

-- The task has failed, and with it, as skipped, all that waits for it. Nothing is done to one that has ended.
-- Whoever calls it holds the locks of all of them: check_step() locks the task alone, out of their order.
CREATE FUNCTION fail_task(p_run text, p_task text, p_reason text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_status task_status;
BEGIN
  SELECT status INTO STRICT v_status FROM tasks WHERE run_id = p_run AND id = p_task;
  -- A task that was not begun can fail too (its workflow was ended from outside): it is begun by that.
  IF v_status = 'pending' THEN
    PERFORM move_task(p_run, p_task, 'in_progress');
  ELSIF v_status <> 'in_progress' THEN
    RETURN;
  END IF;
  PERFORM end_task(p_run, p_task, 'failed', p_reason);
END $$;

-- A question knows the turn that it came of. That turn, concluded again after the answer, asks nothing new.
DROP FUNCTION hold_task(text, text, text, text);
DROP FUNCTION raise_blocker(text, text, text, text);

-- Asks a person about a task, or about the run (p_task null). The same question, still open, is not asked
-- twice, nor is that of a turn (p_turn, null when it came of none). Ids are made to be typed: run, task when
-- there is one, and a number.
CREATE FUNCTION raise_blocker(p_run text, p_task text, p_reason text, p_question text, p_turn integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
BEGIN
  IF p_task IS NOT NULL THEN
    PERFORM 1 FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  ELSE
    PERFORM 1 FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  END IF;
  IF p_task IS NOT NULL AND EXISTS (SELECT FROM blockers
      WHERE run_id = p_run AND task_id = p_task AND reason = p_reason AND turn = p_turn) THEN
    RETURN false;
  END IF;
  SELECT concat_ws(':', p_run, p_task, count(*) + 1) INTO v_id
    FROM blockers WHERE run_id = p_run AND task_id IS NOT DISTINCT FROM p_task;
  INSERT INTO blockers (id, run_id, task_id, reason, question, turn)
    VALUES (v_id, p_run, p_task, p_reason, p_question, p_turn)
    ON CONFLICT (run_id, COALESCE(task_id, ''), reason) WHERE resolved_at IS NULL DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_task IS NOT NULL THEN
    PERFORM move_task(p_run, p_task, 'blocked', p_question);
  END IF;
  PERFORM append_event(p_run, p_task, 'blocker.raised',
    jsonb_build_object('blockerId', v_id, 'reason', p_reason, 'question', p_question));
  RETURN true;
END $$;

-- A task waits with the whole run for a person: it is blocked, and the run's one blocker says why.
CREATE FUNCTION hold_task(p_run text, p_task text, p_reason text, p_question text, p_turn integer)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM move_task(p_run, p_task, 'blocked', p_question);
  RETURN raise_blocker(p_run, NULL, p_reason, p_question, p_turn);
END $$;
