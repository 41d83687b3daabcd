-- A run that is completed or cancelled stays so, but for one that was called completed while some of its tasks had not
-- ended: it runs again, when the record is mended. A failed one runs again when a task is tried again.
CREATE OR REPLACE FUNCTION check_run_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = OLD.status THEN RETURN NEW; END IF;
  IF OLD.status = 'cancelled' OR (OLD.status IN ('completed', 'failed') AND NEW.status <> 'running')
      OR (OLD.status = 'completed' AND NOT EXISTS (SELECT FROM tasks WHERE run_id = OLD.id
        AND status IN ('pending', 'in_progress', 'blocked'))) THEN
    RAISE EXCEPTION 'run % cannot go from % to %', NEW.id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
