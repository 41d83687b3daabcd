-- Steps that are done again after they have changed their task: they find what they did, and say the same.

-- A turn begins: null when its agent is at work on it now, or what the turn comes to without a call. An earlier attempt
-- of it may have ended the task or asked a person, and not have been heard; a person may even have answered since.
--   failed: it failed its task. blocked: it asked about its task, or a person has taken the task or left it out.
--   held: the whole run waits for a model that answers. paused, cancelled: so is the run.
-- A turn that has its answer moves only a task that is tried again, not one that the answer itself blocked.
CREATE FUNCTION begin_turn(p_run text, p_task text, p_turn integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_run runs%ROWTYPE;
  v_status task_status;
  v_call model_calls%ROWTYPE;
BEGIN
  SELECT * INTO STRICT v_run FROM runs WHERE id = p_run;
  SELECT status INTO STRICT v_status FROM tasks WHERE run_id = p_run AND id = p_task;
  IF v_run.cancel_asked OR v_run.status IN ('completed', 'failed', 'cancelled') OR v_status = 'cancelled' THEN
    RETURN 'cancelled';
  END IF;
  IF v_status = 'failed' THEN RETURN 'failed'; END IF;
  IF v_status IN ('completed', 'skipped') THEN RETURN 'blocked'; END IF;
  IF v_status = 'blocked' THEN
    IF EXISTS (SELECT FROM blockers WHERE run_id = p_run AND task_id = p_task AND resolved_at IS NULL) THEN
      RETURN 'blocked';
    END IF;
    IF EXISTS (SELECT FROM blockers
        WHERE run_id = p_run AND task_id IS NULL AND reason = 'model_access' AND resolved_at IS NULL) THEN
      RETURN 'held';
    END IF;
  END IF;
  IF v_run.status = 'paused' THEN RETURN 'paused'; END IF;
  -- Calls of earlier turns, which another call answered meanwhile: nobody claims them any more.
  UPDATE model_calls SET state = 'unsent', reason = 'its answer came meanwhile', ended_at = clock_timestamp()
    WHERE run_id = p_run AND task_id = p_task AND turn < p_turn AND state = 'waiting';
  FOR v_call IN SELECT * FROM model_calls
      WHERE run_id = p_run AND task_id = p_task AND turn < p_turn AND state = 'open' ORDER BY id LOOP
    IF take_over(v_call.worker_id) THEN PERFORM lose_call(v_call.id, 'its worker died'); END IF;
  END LOOP;
  IF v_status <> 'blocked'
      OR NOT EXISTS (SELECT FROM model_turns WHERE run_id = p_run AND task_id = p_task AND number = p_turn) THEN
    PERFORM move_task(p_run, p_task, 'in_progress');
  END IF;
  RETURN NULL;
END $$;

-- Whether the run's money is at its end: what waits does not fit, and nothing that is under way can free any.
-- What waits for a turn that has its answer waits for nothing. A call of such a turn, or of a task that nobody works
-- at, counts only while its worker lives.
CREATE OR REPLACE FUNCTION is_out_of_money(p_run text) RETURNS boolean LANGUAGE sql STABLE AS $$
  WITH calls AS (
    SELECT model_calls.state, worst_usd, tasks.status = 'in_progress' AND NOT EXISTS (
        SELECT FROM model_turns AS t WHERE t.run_id = p_run AND t.task_id = model_calls.task_id AND t.number = turn
      ) AS wanted,
      EXISTS (SELECT FROM workers WHERE workers.id = worker_id AND NOT dead AND lease_until > clock_timestamp()) AS lives
    FROM model_calls JOIN tasks ON tasks.run_id = model_calls.run_id AND tasks.id = task_id
    WHERE model_calls.run_id = p_run AND state IN ('waiting', 'open')
  )
  SELECT (SELECT min(worst_usd) FROM calls WHERE state = 'waiting' AND wanted)
      > (SELECT budget_usd - spent_usd - reserved_usd FROM runs WHERE id = p_run)
    AND NOT EXISTS (SELECT FROM calls WHERE state = 'open' AND (wanted OR lives))
$$;
