-- A claim whose answer was lost with its connection is no call that may have been billed.

-- Claims the call of a turn. outcome: claimed (call: make it), stored (the turn has its answer), busy (its call is
-- under way, in the hands of a worker that lives), no_money (wait), held (the run waits for a person, and the task
-- with it), paused, cancelled.
-- check_step() takes the task's lock: one claim of a turn at a time, and only by the newest step.
-- p_in_flight: the calls that the caller's process is making now. p_unsettled: those that it has made, and whose end
-- it could not record; null from a worker of before, which does not know. An open call of the caller's own that it
-- knows nothing of was claimed, and its claim never heard: it was not sent, and gives its money back.
CREATE FUNCTION claim_call(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text,
  p_turn integer, p_worst numeric, p_in_flight integer[], p_unsettled integer[], OUT outcome text, OUT call integer)
LANGUAGE plpgsql AS $$
DECLARE
  v_known model_calls%ROWTYPE;
  v_run runs%ROWTYPE;
  v_fits boolean;
BEGIN
  PERFORM check_step(p_run, p_task, p_at, p_attempt, p_worker);
  IF EXISTS (SELECT FROM model_turns WHERE run_id = p_run AND task_id = p_task AND number = p_turn) THEN
    outcome := 'stored';
    RETURN;
  END IF;
  outcome := kept_from_work(p_run, p_task);
  IF outcome IS NOT NULL THEN RETURN; END IF;

  SELECT * INTO v_known FROM model_calls
    WHERE run_id = p_run AND task_id = p_task AND turn = p_turn AND state IN ('waiting', 'open');
  IF v_known.state = 'open' THEN
    IF v_known.worker_id = p_worker THEN
      IF v_known.id = ANY (p_in_flight) THEN
        outcome := 'busy';
        RETURN;
      END IF;
      IF p_unsettled IS NULL OR v_known.id = ANY (p_unsettled) THEN
        PERFORM lose_call(v_known.id, 'its worker gave it up');
      ELSE
        PERFORM settle_call(v_known.id, 'unsent', 'its claim was not heard');
      END IF;
    ELSIF take_over(v_known.worker_id) THEN
      PERFORM lose_call(v_known.id, 'its worker died');
    ELSE
      outcome := 'busy';
      RETURN;
    END IF;
    v_known := NULL;
  END IF;

  SELECT * INTO STRICT v_run FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  v_fits := v_run.budget_usd IS NULL OR v_run.spent_usd + v_run.reserved_usd + p_worst <= v_run.budget_usd;
  call := v_known.id;
  -- Who waited has a row; only the newest step gets here, so it is the caller's now, whoever made it.
  IF call IS NULL THEN
    INSERT INTO model_calls (run_id, task_id, turn, worker_id, state, worst_usd)
      VALUES (p_run, p_task, p_turn, p_worker, CASE WHEN v_fits THEN 'open' ELSE 'waiting' END, p_worst)
      RETURNING id INTO call;
  ELSE
    UPDATE model_calls SET worker_id = p_worker, worst_usd = p_worst,
        state = CASE WHEN v_fits THEN 'open' ELSE 'waiting' END, claimed_at = clock_timestamp()
      WHERE id = call;
  END IF;
  IF v_fits THEN
    UPDATE runs SET reserved_usd = reserved_usd + p_worst WHERE id = p_run;
    outcome := 'claimed';
    RETURN;
  END IF;

  IF is_out_of_money(p_run) OR EXISTS (SELECT FROM blockers
      WHERE run_id = p_run AND task_id IS NULL AND reason = 'budget' AND resolved_at IS NULL) THEN
    UPDATE model_calls SET state = 'unsent', reason = 'no money', ended_at = clock_timestamp() WHERE id = call;
    PERFORM hold_task(p_run, p_task, 'budget', money_question(p_run, p_worst), NULL);
    outcome := 'held';
    RETURN;
  END IF;
  outcome := 'no_money';
END $$;

-- The same for workers of the version before.
CREATE OR REPLACE FUNCTION claim_call(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text,
  p_turn integer, p_worst numeric, p_in_flight integer[], OUT outcome text, OUT call integer) LANGUAGE sql AS $$
  SELECT outcome, call FROM claim_call(p_run, p_task, p_at, p_attempt, p_worker, p_turn, p_worst, p_in_flight, NULL)
$$;
