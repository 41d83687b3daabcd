-- AlterTable
ALTER TABLE "model_limits" ADD COLUMN     "changed_at" TIMESTAMPTZ(3) NOT NULL;

-- What the schema language cannot say.

-- A limit that nobody came to for ten minutes says nothing about now.
CREATE FUNCTION model_interval(p_limit model_limits, p_now timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_limit.next_at < p_now - interval '10 minutes' THEN 0 ELSE p_limit.interval_ms END
$$;

-- The next slot of a limit, taken unless it is further away than p_longest milliseconds. Without a limit it is
-- now, and nothing is locked.
CREATE FUNCTION take_model_slot(p_key text, p_longest integer, OUT given timestamptz, OUT slot timestamptz,
  OUT wait_ms float8, OUT limited boolean, OUT taken boolean) LANGUAGE plpgsql AS $$
DECLARE
  v_limit model_limits;
BEGIN
  SELECT * INTO v_limit FROM model_limits WHERE key = p_key;
  given := clock_timestamp();
  limited := FOUND AND model_interval(v_limit, given) > 0;
  IF limited THEN
    SELECT * INTO v_limit FROM model_limits WHERE key = p_key FOR NO KEY UPDATE;
    given := clock_timestamp();
    slot := greatest(v_limit.next_at, given);
  ELSE
    slot := given;
  END IF;
  wait_ms := extract(epoch FROM slot - given) * 1000;
  taken := wait_ms <= p_longest;
  IF limited AND taken THEN
    UPDATE model_limits SET next_at = slot + v_limit.interval_ms * interval '1 ms' WHERE key = p_key;
  END IF;
END $$;

-- A call that was sent at p_sent was refused. The interval grows once for all the calls that were sent before it
-- last changed; the slots that were handed out are worth nothing then.
CREATE FUNCTION cut_model_limit(p_key text, p_sent timestamptz, p_retry_after integer, p_floor integer,
  p_ceiling integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_limit model_limits;
  v_now timestamptz;
  v_interval integer;
BEGIN
  INSERT INTO model_limits (key, interval_ms, next_at, cut_at, changed_at)
    VALUES (p_key, 0, '-infinity', '-infinity', '-infinity') ON CONFLICT DO NOTHING;
  SELECT * INTO v_limit FROM model_limits WHERE key = p_key FOR NO KEY UPDATE;
  v_now := clock_timestamp();
  IF v_limit.changed_at < p_sent THEN
    v_interval := model_interval(v_limit, v_now);
    v_interval := greatest(v_interval, least(p_ceiling, greatest(p_floor, 2 * v_interval)));
    UPDATE model_limits SET interval_ms = v_interval, cut_at = v_now, changed_at = v_now,
        next_at = v_now + greatest(v_interval, p_retry_after) * interval '1 ms'
      WHERE key = p_key;
  ELSE
    UPDATE model_limits SET next_at = greatest(next_at, v_now + p_retry_after * interval '1 ms') WHERE key = p_key;
  END IF;
END $$;

-- A call that was sent at p_sent was answered: once for all the calls that were sent before it last changed, the
-- interval is a fifth less, so that some three round trips make up for a refusal; under the floor there is none.
CREATE FUNCTION ease_model_limit(p_key text, p_sent timestamptz, p_floor integer) RETURNS void LANGUAGE sql AS $$
  UPDATE model_limits SET changed_at = clock_timestamp(),
      interval_ms = CASE WHEN interval_ms * 4 / 5 < p_floor THEN 0 ELSE interval_ms * 4 / 5 END
    WHERE key = p_key AND interval_ms > 0 AND changed_at < p_sent
$$;
