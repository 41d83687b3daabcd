-- A cancelled run is told to all workers at once: Temporal's own cancellation comes with a heartbeat, which may
-- take two seconds. Said again when it is asked again: whoever listens may have missed it.
CREATE FUNCTION ask_cancel(p_run text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- What has ended stays as it ended: a failed run that is tried again must not be stopped by an old cancel.
  UPDATE runs SET cancel_asked = true WHERE id = p_run AND status IN ('running', 'paused', 'blocked');
  IF FOUND THEN PERFORM pg_notify('leadwright_cancels', p_run); END IF;
END $$;

-- Cancels what has not ended, and the run with it. False, and nothing done, when the run had ended before.
CREATE OR REPLACE FUNCTION cancel_run(p_run text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
BEGIN
  -- All locks before the first event: a loop takes them as it goes, and the run's row would come between.
  PERFORM 1 FROM tasks WHERE run_id = p_run ORDER BY id FOR NO KEY UPDATE;
  -- The run's end was faster than the cancellation: it stands.
  IF (SELECT status FROM runs WHERE id = p_run FOR NO KEY UPDATE) IN ('completed', 'failed') THEN
    UPDATE runs SET cancel_asked = false WHERE id = p_run;
    RETURN false;
  END IF;
  -- A call that Temporal has given up would go on to its end: it is of no use any more.
  PERFORM ask_cancel(p_run);
  FOR v_id IN SELECT id FROM tasks
      WHERE run_id = p_run AND status IN ('pending', 'in_progress', 'blocked') ORDER BY id LOOP
    -- No step comes after it that would make the last one late.
    UPDATE tasks SET step_attempt = 2147483647 WHERE run_id = p_run AND id = v_id;
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

-- Moves a run and says so. False, and nothing done, when it is there already. A failed run that is tried again
-- has no cancellation before it.
CREATE OR REPLACE FUNCTION move_run(p_run text, p_to run_status, p_code text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_from run_status;
BEGIN
  SELECT status INTO STRICT v_from FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF v_from = p_to THEN RETURN false; END IF;
  UPDATE runs SET
      status = p_to,
      cancel_asked = cancel_asked AND v_from <> 'failed',
      stop_code = p_code,
      stop_reason = p_reason,
      finished_at = CASE WHEN p_to IN ('completed', 'failed', 'cancelled') THEN clock_timestamp() END
    WHERE id = p_run;
  PERFORM append_event(p_run, NULL, 'run.status', jsonb_strip_nulls(jsonb_build_object(
    'status', p_to, 'from', v_from, 'reason', p_reason)));
  RETURN true;
END $$;

-- A step of the run as a whole begins: an attempt of a check of its base or its branch, or of a report of its
-- status. Refused when a later one has begun before.
CREATE FUNCTION begin_run_step(p_run text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_run runs%ROWTYPE;
BEGIN
  SELECT * INTO v_run FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'run % is gone', p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF (p_at, p_attempt) < (v_run.report_at, v_run.report_attempt) THEN
    RAISE EXCEPTION 'a later step of run % has begun', p_run USING ERRCODE = 'LW001';
  END IF;
  UPDATE runs SET report_at = p_at, report_attempt = p_attempt WHERE id = p_run;
END $$;

-- Locks the run for a write of this step; refused unless it is still the run's newest.
CREATE FUNCTION check_run_step(p_run text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_run runs%ROWTYPE;
BEGIN
  SELECT * INTO v_run FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'run % is gone', p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF (p_at, p_attempt) <> (v_run.report_at, v_run.report_attempt) THEN
    RAISE EXCEPTION 'a later step of run % has begun', p_run USING ERRCODE = 'LW001';
  END IF;
END $$;
