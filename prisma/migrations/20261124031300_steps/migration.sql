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
