-- The ledger of model calls: each is claimed before it is sent and settled after it. Money is reserved by the
-- claim. Locks as everywhere: the task, then the run; the rows of a task's calls are changed under its lock.

-- Whether a task may be worked at: null, or why not. It locks nothing.
CREATE FUNCTION kept_from_work(p_run text, p_task text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
      WHEN runs.cancel_asked OR runs.status IN ('completed', 'failed', 'cancelled')
        OR tasks.status NOT IN ('pending', 'in_progress', 'blocked') THEN 'cancelled'
      WHEN runs.status = 'paused' THEN 'paused'
    END
    FROM tasks JOIN runs ON runs.id = tasks.run_id WHERE tasks.run_id = p_run AND tasks.id = p_task
$$;

-- The task's agent is at work, unless something keeps it from that: null, or why not.
CREATE FUNCTION begin_work(p_run text, p_task text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_kept text := kept_from_work(p_run, p_task);
BEGIN
  IF v_kept IS NULL THEN PERFORM move_task(p_run, p_task, 'in_progress'); END IF;
  RETURN v_kept;
END $$;

-- A call whose worker is dead, or which that worker knows no more of: it was sent, and no whole answer came. Its
-- money stays reserved, because it may have been billed.
CREATE FUNCTION lose_call(p_call integer, p_reason text) RETURNS void LANGUAGE sql AS $$
  UPDATE model_calls SET state = 'lost', reason = p_reason, ended_at = clock_timestamp()
    WHERE id = p_call AND state = 'open'
$$;

-- Whether the run's money is at its end: what waits does not fit, and nothing that is under way can free any.
-- A call of a task that nobody works at counts only while its worker lives.
CREATE FUNCTION is_out_of_money(p_run text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (SELECT min(worst_usd) FROM model_calls JOIN tasks ON tasks.run_id = model_calls.run_id AND tasks.id = task_id
          WHERE model_calls.run_id = p_run AND state = 'waiting' AND status = 'in_progress')
      > (SELECT budget_usd - spent_usd - reserved_usd FROM runs WHERE id = p_run)
    AND NOT EXISTS (
      SELECT FROM model_calls JOIN tasks ON tasks.run_id = model_calls.run_id AND tasks.id = task_id
        LEFT JOIN workers ON workers.id = worker_id AND NOT dead AND lease_until > clock_timestamp()
        WHERE model_calls.run_id = p_run AND state = 'open' AND (status = 'in_progress' OR workers.id IS NOT NULL))
$$;

-- An amount as a person writes it.
CREATE FUNCTION usd(p_amount numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT '$' || trim_scale(round(p_amount, 4))
$$;

-- What a person is asked at the budget's end.
CREATE FUNCTION money_question(p_run text, p_worst numeric) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('The budget of %s does not reach for the next model call, which may cost %s: %s are spent%s. '
      'Give the run more money, or cancel it.', usd(budget_usd), usd(p_worst), usd(spent_usd),
      CASE WHEN reserved_usd > 0
        THEN format(', and %s may have been billed for answers that never came', usd(reserved_usd)) ELSE '' END)
    FROM runs WHERE id = p_run
$$;

-- Claims the call of a turn. outcome: claimed (call: make it), stored (the turn has its answer), busy (its call is
-- under way, in the hands of a worker that lives), no_money (wait), held (the run waits for a person, and the task
-- with it), paused, cancelled.
-- check_step() takes the task's lock: one claim of a turn at a time, and only by the newest step.
-- p_in_flight: the calls that the caller's process is making now.
CREATE FUNCTION claim_call(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text,
  p_turn integer, p_worst numeric, p_in_flight integer[], OUT outcome text, OUT call integer) LANGUAGE plpgsql AS $$
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
      PERFORM lose_call(v_known.id, 'its worker gave it up');
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

-- A call ended without an answer: refused (by an error: not billed), unsent, or lost (it may have been billed, and
-- its money stays reserved). What was taken for lost and was not billed after all gives its money back.
CREATE FUNCTION settle_call(p_call integer, p_state text, p_reason text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_call model_calls%ROWTYPE;
BEGIN
  SELECT * INTO v_call FROM model_calls WHERE id = p_call;
  PERFORM 1 FROM tasks WHERE run_id = v_call.run_id AND id = v_call.task_id FOR NO KEY UPDATE;
  SELECT * INTO v_call FROM model_calls WHERE id = p_call;
  IF v_call.state = 'open' AND p_state = 'lost' THEN
    PERFORM lose_call(p_call, p_reason);
  ELSIF v_call.state IN ('open', 'lost') AND p_state IN ('refused', 'unsent') THEN
    UPDATE model_calls SET state = p_state, reason = p_reason, ended_at = clock_timestamp() WHERE id = p_call;
    UPDATE runs SET reserved_usd = reserved_usd - v_call.worst_usd WHERE id = v_call.run_id;
  END IF;
END $$;

-- Stores an answer with its event and its bill. False when its turn had one before: then it was billed too, and
-- is counted, but the first one stays. Null when the record is gone. p_turn: the row of the turn.
CREATE FUNCTION store_answer(p_call integer, p_turn model_turns, p_event jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_call model_calls%ROWTYPE;
  v_tokens integer := p_turn.input_tokens + p_turn.cache_creation_tokens + p_turn.cache_read_tokens;
  v_stored boolean;
BEGIN
  p_turn.answered_at := clock_timestamp();
  PERFORM 1 FROM tasks WHERE run_id = p_turn.run_id AND id = p_turn.task_id FOR NO KEY UPDATE;
  SELECT * INTO v_call FROM model_calls WHERE id = p_call;
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- Told twice: the first time was not heard.
  IF v_call.state NOT IN ('open', 'lost') THEN RETURN v_call.state = 'answered'; END IF;

  INSERT INTO model_turns SELECT p_turn.* ON CONFLICT DO NOTHING;
  v_stored := FOUND;
  UPDATE model_calls SET state = CASE WHEN v_stored THEN 'answered' ELSE 'late' END, cost_usd = p_turn.cost_usd,
      input_tokens = v_tokens, output_tokens = p_turn.output_tokens, reason = NULL, ended_at = clock_timestamp()
    WHERE id = p_call;
  UPDATE runs SET spent_usd = spent_usd + p_turn.cost_usd, reserved_usd = reserved_usd - v_call.worst_usd
    WHERE id = p_turn.run_id;
  IF v_stored THEN
    UPDATE tasks SET actual_tokens = actual_tokens + v_tokens + p_turn.output_tokens,
        workflow_step = CASE WHEN status = 'in_progress' THEN 'generate' ELSE workflow_step END
      WHERE run_id = p_turn.run_id AND id = p_turn.task_id;
    PERFORM append_event(p_turn.run_id, p_turn.task_id, 'model.call', p_event);
  END IF;
  RETURN v_stored;
END $$;
