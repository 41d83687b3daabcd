-- The whole schema: types, tables, status triggers and functions. Tables and indexes agree with schema.prisma (a test
-- compares them). Checks, partial indexes, triggers and functions are what Prisma's schema language cannot express.
--
-- Locking order, the same everywhere: first the rows of all tasks, in the order of their ids, then the row of the run.
-- Locks are FOR NO KEY UPDATE, the lock that an UPDATE of these columns takes as well. A foreign key check does not
-- wait for such a lock, so an insert into another table never waits.
--
-- Error codes of these functions: LW001 a newer attempt has registered, LW002 the worker was declared dead, LW003 the
-- row was deleted.

-- Types

CREATE TYPE run_status AS ENUM ('running', 'paused', 'completed', 'failed', 'blocked', 'cancelled');
CREATE TYPE task_status AS ENUM ('pending', 'in_progress', 'completed', 'failed', 'blocked', 'cancelled', 'skipped');
CREATE TYPE role AS ENUM ('backend', 'frontend', 'test');

-- Projects, runs and tasks

CREATE TABLE projects (
  id          serial NOT NULL,
  name        text NOT NULL,
  repository  text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT projects_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX projects_name_repository_key ON projects (name, repository);

CREATE TABLE issues (
  id          serial NOT NULL,
  project_id  integer NOT NULL,
  title       text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT issues_pkey PRIMARY KEY (id),
  CONSTRAINT issues_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id)
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX issues_project_id_title_key ON issues (project_id, title);

CREATE TABLE runs (
  id                text NOT NULL,
  project_id        integer NOT NULL,
  status            run_status NOT NULL DEFAULT 'running',
  repository        text NOT NULL,
  git_folder        text NOT NULL,
  branch            text NOT NULL,
  base              text NOT NULL,
  tip               text NOT NULL,
  plan              json NOT NULL,
  plan_hash         text NOT NULL,
  model             text NOT NULL,
  model_endpoint    text NOT NULL,
  concurrency       integer NOT NULL,
  max_corrections   integer NOT NULL,
  allow_red_base    boolean NOT NULL,
  budget_usd        decimal(16, 9),
  spent_usd         decimal(16, 9) NOT NULL DEFAULT 0,
  reserved_usd      decimal(16, 9) NOT NULL DEFAULT 0,
  cancel_requested  boolean NOT NULL DEFAULT false,
  branch_accepted   boolean NOT NULL DEFAULT false,
  fence_at          bigint NOT NULL DEFAULT 0,
  fence_attempt     integer NOT NULL DEFAULT 0,
  test_warnings     text[] NOT NULL DEFAULT ARRAY[]::text[],
  mcp_tools         json,
  verified          boolean,
  stop_code         text,
  stop_reason       text,
  last_seq          integer NOT NULL DEFAULT 0,
  notified_at       timestamptz(6),
  created_at        timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  finished_at       timestamptz(3),
  end_notified_at   timestamptz(3),

  CONSTRAINT runs_pkey PRIMARY KEY (id),
  CONSTRAINT runs_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id)
    ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT runs_id_shape CHECK (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  CONSTRAINT runs_base_is_a_commit CHECK (base ~ '^[0-9a-f]{40}$'),
  CONSTRAINT runs_tip_is_a_commit CHECK (tip ~ '^[0-9a-f]{40}$'),
  CONSTRAINT runs_concurrency_positive CHECK (concurrency > 0),
  CONSTRAINT runs_max_corrections_not_negative CHECK (max_corrections >= 0),
  CONSTRAINT runs_last_seq_not_negative CHECK (last_seq >= 0),
  CONSTRAINT runs_money CHECK (budget_usd > 0 AND spent_usd >= 0 AND reserved_usd >= 0)
);
CREATE INDEX runs_created_at_idx ON runs (created_at);
CREATE INDEX runs_status_idx ON runs (status);

CREATE TABLE tasks (
  run_id               text NOT NULL,
  id                   text NOT NULL,
  project_id           integer NOT NULL,
  issue_id             integer,
  number               integer NOT NULL,
  title                text NOT NULL,
  description          text NOT NULL,
  status               task_status NOT NULL DEFAULT 'pending',
  assigned_to          role NOT NULL,
  depends_on           text[],
  can_parallelize      boolean NOT NULL DEFAULT true,
  priority             integer NOT NULL DEFAULT 2,
  workflow_step        text NOT NULL DEFAULT 'ready',
  requires_mcp         boolean NOT NULL DEFAULT false,
  estimated_tokens     integer NOT NULL DEFAULT 0,
  actual_tokens        integer NOT NULL DEFAULT 0,
  created_at           timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  started_at           timestamptz(3),
  completed_at         timestamptz(3),
  test_command         text NOT NULL,
  files                text[],
  may_change           text[],
  mcp                  text[],
  model                text,
  effort               text CHECK (effort IN ('low', 'medium', 'high', 'xhigh', 'max')),
  generate_timeout_ms  integer NOT NULL,
  test_timeout_ms      integer NOT NULL,
  attempt_count        integer NOT NULL DEFAULT 0,
  correction_count     integer NOT NULL DEFAULT 0,
  commit               text,
  files_modified       text[],
  output               text NOT NULL DEFAULT '',
  error                text,
  fence_at             bigint NOT NULL DEFAULT 0,
  fence_attempt        integer NOT NULL DEFAULT 0,
  failed_by            bigint,
  corrections_allowed  integer,
  budget_told_turn     integer,
  budget_told_usd      decimal(16, 9),

  CONSTRAINT tasks_pkey PRIMARY KEY (run_id, id),
  CONSTRAINT tasks_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id)
    ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT tasks_issue_id_fkey FOREIGN KEY (issue_id) REFERENCES issues (id)
    ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT tasks_id_shape CHECK (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  CONSTRAINT tasks_number_positive CHECK (number > 0),
  CONSTRAINT tasks_priority_range CHECK (priority BETWEEN 0 AND 4),
  CONSTRAINT tasks_not_on_itself CHECK (id <> ALL (depends_on)),
  CONSTRAINT tasks_step CHECK (workflow_step IN ('ready', 'generate', 'apply', 'test', 'land', 'done')),
  CONSTRAINT tasks_counts CHECK (attempt_count >= 0 AND correction_count BETWEEN 0 AND attempt_count),
  CONSTRAINT tasks_tokens CHECK (estimated_tokens >= 0 AND actual_tokens >= 0),
  CONSTRAINT tasks_commit_is_a_commit CHECK (commit ~ '^[0-9a-f]{40}$'),
  CONSTRAINT tasks_failure_says_why CHECK (status NOT IN ('failed', 'skipped') OR error IS NOT NULL),
  CONSTRAINT tasks_completed_says_when CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
  CONSTRAINT tasks_corrections_allowed CHECK (corrections_allowed >= 0)
);
CREATE UNIQUE INDEX tasks_run_id_number_key ON tasks (run_id, number);
CREATE INDEX tasks_project_id_idx ON tasks (project_id);

-- The model: turns, calls, rate limits

CREATE TABLE model_turns (
  run_id                 text NOT NULL,
  task_id                text NOT NULL,
  number                 integer NOT NULL,
  attempt                integer NOT NULL,
  model                  text NOT NULL,
  request_hash           text NOT NULL,
  prompt                 json NOT NULL,
  answer                 json NOT NULL,
  stop_reason            text NOT NULL,
  refusal                text,
  input_tokens           integer NOT NULL,
  output_tokens          integer NOT NULL,
  cache_creation_tokens  integer NOT NULL,
  cache_read_tokens      integer NOT NULL,
  cost_usd               decimal(16, 9) NOT NULL,
  ms                     integer NOT NULL,
  answered_at            timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  shown                  text[],
  known_blobs            text[],
  reply                  text,
  conversation           integer NOT NULL,
  kind                   text NOT NULL,
  opening                json,

  CONSTRAINT model_turns_pkey PRIMARY KEY (run_id, task_id, number),
  CONSTRAINT model_turns_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT model_turns_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT model_turns_number_positive CHECK (number > 0),
  CONSTRAINT model_turns_conversation CHECK (conversation > 0 AND kind IN ('work', 'summary')),
  CONSTRAINT model_turns_counts CHECK (
    input_tokens >= 0 AND output_tokens >= 0 AND cache_creation_tokens >= 0 AND cache_read_tokens >= 0
    AND cost_usd >= 0 AND ms >= 0)
);

CREATE TABLE call_results (
  run_id      text NOT NULL,
  task_id     text NOT NULL,
  turn        integer NOT NULL,
  position    integer NOT NULL,
  start       text NOT NULL,
  base        text NOT NULL,
  before      text NOT NULL,
  draft       text NOT NULL,
  tree        text NOT NULL,
  known       text[],
  known_blobs text[],
  text        text NOT NULL,
  is_error    boolean NOT NULL,
  command     text,
  exit_code   integer,
  ms          integer,
  kept        text[],
  output      text,
  server      text,
  tool        text,

  CONSTRAINT call_results_pkey PRIMARY KEY (run_id, task_id, turn, position),
  CONSTRAINT call_results_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT call_results_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT call_results_position CHECK (position >= 0),
  CONSTRAINT call_results_complete CHECK (
    (command IS NULL AND server IS NULL) = (ms IS NULL) AND (ms IS NULL) = (output IS NULL)
    AND (command IS NOT NULL OR exit_code IS NULL)
    AND (server IS NULL) = (tool IS NULL) AND (command IS NULL OR server IS NULL))
);

CREATE TABLE mcp_calls (
  run_id    text NOT NULL,
  task_id   text NOT NULL,
  turn      integer NOT NULL,
  position  integer NOT NULL,
  server    text NOT NULL,
  tool      text NOT NULL,
  sent_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT mcp_calls_pkey PRIMARY KEY (run_id, task_id, turn, position),
  CONSTRAINT mcp_calls_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT mcp_calls_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT mcp_calls_position CHECK (position >= 0)
);

CREATE TABLE model_calls (
  id             serial NOT NULL,
  run_id         text NOT NULL,
  task_id        text NOT NULL,
  turn           integer NOT NULL,
  worker_id      text NOT NULL,
  state          text NOT NULL,
  worst_usd      decimal(16, 9) NOT NULL,
  cost_usd       decimal(16, 9),
  input_tokens   integer NOT NULL DEFAULT 0,
  output_tokens  integer NOT NULL DEFAULT 0,
  reason         text,
  claimed_at     timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ended_at       timestamptz(3),

  CONSTRAINT model_calls_pkey PRIMARY KEY (id),
  CONSTRAINT model_calls_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT model_calls_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT model_calls_state CHECK (
    state IN ('waiting', 'open', 'answered', 'late', 'refused', 'lost', 'unsent')),
  CONSTRAINT model_calls_ended CHECK ((state IN ('waiting', 'open')) = (ended_at IS NULL)),
  CONSTRAINT model_calls_cost CHECK ((state IN ('answered', 'late')) = (cost_usd IS NOT NULL)),
  CONSTRAINT model_calls_counts CHECK (
    turn > 0 AND worst_usd >= 0 AND cost_usd >= 0 AND input_tokens >= 0 AND output_tokens >= 0)
);
CREATE INDEX model_calls_run_id_task_id_turn_idx ON model_calls (run_id, task_id, turn);
-- At most one unfinished call per turn.
CREATE UNIQUE INDEX model_calls_one_open ON model_calls (run_id, task_id, turn) WHERE state IN ('waiting', 'open');
CREATE INDEX model_calls_open ON model_calls (worker_id) WHERE state IN ('waiting', 'open');

-- Calls that are to be made again: by a task, or (task_id null) by all tasks of a run whose model is out of reach.
CREATE TABLE model_waits (
  id            serial NOT NULL,
  run_id        text NOT NULL,
  task_id       text,
  model         text NOT NULL,
  attempt       integer NOT NULL,
  turn          integer NOT NULL,
  reason        text NOT NULL,
  tries         integer NOT NULL,
  since         timestamptz(3) NOT NULL,
  until         timestamptz(3) NOT NULL,
  told_reasons  text[],
  told_tries    integer NOT NULL DEFAULT 0,

  CONSTRAINT model_waits_pkey PRIMARY KEY (id),
  CONSTRAINT model_waits_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT model_waits_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT model_waits_counts CHECK (tries >= told_tries AND told_tries >= 0)
);
CREATE UNIQUE INDEX model_waits_one ON model_waits (run_id, COALESCE(task_id, ''), model);

CREATE TABLE model_limits (
  key          text NOT NULL,
  interval_ms  integer NOT NULL,
  next_at      timestamptz(3) NOT NULL,
  changed_at   timestamptz(3) NOT NULL,

  CONSTRAINT model_limits_pkey PRIMARY KEY (key),
  CONSTRAINT model_limits_interval CHECK (interval_ms >= 0)
);

CREATE TABLE model_slots (
  id      bigserial NOT NULL,
  key     text NOT NULL,
  run_id  text,
  at      timestamptz(3) NOT NULL,

  CONSTRAINT model_slots_pkey PRIMARY KEY (id)
);
CREATE INDEX model_slots_key_at_idx ON model_slots (key, at);

-- Workers and their leases

CREATE TABLE workers (
  id              text NOT NULL,
  host            text NOT NULL,
  pid             integer NOT NULL,
  build           text NOT NULL,
  queues          text[],
  sandbox         text NOT NULL,
  sandbox_warning text,
  owner           text NOT NULL,
  started_at      timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  lease_until     timestamptz(3) NOT NULL,
  active_runs     integer NOT NULL DEFAULT 0,
  dead            boolean NOT NULL DEFAULT false,
  relieved        boolean NOT NULL DEFAULT false,

  CONSTRAINT workers_pkey PRIMARY KEY (id),
  CONSTRAINT workers_active_runs CHECK (active_runs >= 0)
);

-- Submissions, verdicts and corrections

CREATE TABLE test_results (
  id           serial NOT NULL,
  run_id       text NOT NULL,
  tree         text NOT NULL,
  command      text NOT NULL,
  environment  text NOT NULL,
  commit       text NOT NULL,
  passed       boolean NOT NULL,
  exit_code    integer,
  not_found    boolean NOT NULL,
  ms           integer NOT NULL,
  summary      text NOT NULL,
  output       text NOT NULL,
  whole_output text,
  created_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT test_results_pkey PRIMARY KEY (id),
  CONSTRAINT test_results_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX test_results_run_id_tree_environment_key ON test_results (run_id, tree, environment);

CREATE TABLE attempts (
  run_id       text NOT NULL,
  task_id      text NOT NULL,
  number       integer NOT NULL,
  turn         integer NOT NULL,
  kind         text NOT NULL,
  start        text NOT NULL,
  base         text NOT NULL,
  commit       text NOT NULL,
  tree         text NOT NULL,
  files        text[],
  known_blobs  text[],
  explanation  text NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  test_id      integer,
  passed       boolean,
  landing      text,
  merge_test_id integer,
  next_start   text,
  next_draft   text,
  accepted     boolean NOT NULL DEFAULT false,
  starts_again boolean NOT NULL DEFAULT false,

  CONSTRAINT attempts_pkey PRIMARY KEY (run_id, task_id, number),
  CONSTRAINT attempts_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT attempts_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT attempts_test_id_fkey FOREIGN KEY (test_id) REFERENCES test_results (id)
    ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT attempts_merge_test_id_fkey FOREIGN KEY (merge_test_id) REFERENCES test_results (id)
    ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT attempts_kind CHECK (kind IN ('first', 'correction', 'rebase', 'handed_in')),
  CONSTRAINT attempts_landing CHECK (landing IN ('landed', 'conflict', 'red')),
  -- What was accepted after a conflict passed a test, but not on what it lands on.
  CONSTRAINT attempts_verdict_complete CHECK (
    CASE WHEN accepted THEN test_id IS NOT NULL OR passed IS NULL ELSE (test_id IS NULL) = (passed IS NULL) END),
  -- A person may accept work whose tests are red.
  CONSTRAINT attempts_only_green_land CHECK (landing IS NULL OR passed OR accepted)
);
-- A turn submits once. A person may hand in several commits after the same turn.
CREATE UNIQUE INDEX attempts_one_per_turn ON attempts (run_id, task_id, turn) WHERE kind <> 'handed_in';
-- For the deletion of a run: each of its test results looks for the attempts that name it.
CREATE INDEX attempts_test ON attempts (test_id) WHERE test_id IS NOT NULL;
CREATE INDEX attempts_merge_test ON attempts (merge_test_id) WHERE merge_test_id IS NOT NULL;

CREATE TABLE correction_attempts (
  run_id      text NOT NULL,
  task_id     text NOT NULL,
  number      integer NOT NULL,
  attempt     integer NOT NULL,
  reason      text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT correction_attempts_pkey PRIMARY KEY (run_id, task_id, number),
  CONSTRAINT correction_attempts_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT correction_attempts_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE
);

-- Blockers and events

CREATE TABLE blockers (
  id                     text NOT NULL,
  run_id                 text NOT NULL,
  task_id                text,
  reason                 text NOT NULL,
  question               text NOT NULL,
  at                     timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  resolved_at            timestamptz(3),
  resolved_by            text,
  answer                 text,
  choice                 text,
  turn                   integer,
  delivered_at           timestamptz(3),
  notification_attempts  integer NOT NULL DEFAULT 0,

  CONSTRAINT blockers_pkey PRIMARY KEY (id),
  CONSTRAINT blockers_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT blockers_run_id_task_id_fkey FOREIGN KEY (run_id, task_id) REFERENCES tasks (run_id, id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT blockers_resolved_complete CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
  CONSTRAINT blockers_choice CHECK (choice IN ('hint', 'retry', 'accept', 'skip', 'money', 'commit')),
  CONSTRAINT blockers_notification_attempts CHECK (notification_attempts >= 0)
);
CREATE INDEX blockers_run_id_idx ON blockers (run_id);
-- At most one open question per reason, for the run itself and for each of its tasks.
CREATE UNIQUE INDEX blockers_one_open ON blockers (run_id, COALESCE(task_id, ''), reason) WHERE resolved_at IS NULL;

CREATE TABLE events (
  run_id   text NOT NULL,
  seq      integer NOT NULL,
  task_id  text,
  type     text NOT NULL,
  at       timestamptz(3) NOT NULL,
  data     jsonb NOT NULL,

  CONSTRAINT events_pkey PRIMARY KEY (run_id, seq),
  CONSTRAINT events_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT events_seq_positive CHECK (seq > 0)
);

-- Status transitions, enforced for every writer

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
      WHEN 'cancelled' THEN NEW.status IN ('pending', 'blocked')
      ELSE false
    END;
  IF NEW.status <> OLD.status AND NOT v_allowed THEN
    RAISE EXCEPTION 'task % of run % cannot go from % to %', NEW.id, NEW.run_id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_status BEFORE INSERT OR UPDATE OF status ON tasks
  FOR EACH ROW EXECUTE FUNCTION check_task_status();

-- A cancelled run continues only when a person resumes it: `resume_cancelled_run` names it. A failed run continues when one of its tasks is retried. A completed run continues
-- only when some of its tasks have not ended; `leadwright doctor --repair` finds such a run.
CREATE FUNCTION check_run_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = OLD.status THEN RETURN NEW; END IF;
  IF (OLD.status IN ('completed', 'failed', 'cancelled') AND NEW.status <> 'running')
      OR (OLD.status IN ('completed', 'cancelled')
        AND (OLD.status = 'completed' OR current_setting('leadwright.resumed_run', true) IS DISTINCT FROM OLD.id)
        AND NOT EXISTS (SELECT FROM tasks WHERE run_id = OLD.id AND status IN ('pending', 'in_progress', 'blocked'))) THEN
    RAISE EXCEPTION 'run % cannot go from % to %', NEW.id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER runs_status BEFORE UPDATE OF status ON runs
  FOR EACH ROW EXECUTE FUNCTION check_run_status();

-- The event log

-- Appends an event and returns its seq. The seq is allocated under the lock of the run's row. The lock lasts until the
-- commit, so no reader sees event 5 before event 4.
--
-- A notification wakes the server, which reads the table. It is sent at most once in 50 ms for a run, because all
-- transactions of a database that notify commit one after another. After each one the server waits 50 ms and then reads
-- once more, when no transaction holds the lock of the row (`RunFeed`): so it sees the events that came without. That is
-- certain because the clock is read here under this lock.
CREATE FUNCTION append_event(p_run text, p_task text, p_type text, p_data jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  v_seq integer;
  v_notified timestamptz;
  v_now timestamptz;
BEGIN
  UPDATE runs SET last_seq = last_seq + 1 WHERE id = p_run RETURNING last_seq, notified_at
    INTO STRICT v_seq, v_notified;
  v_now := clock_timestamp();
  INSERT INTO events (run_id, seq, task_id, type, at, data)
    VALUES (p_run, v_seq, p_task, p_type, date_trunc('milliseconds', v_now), p_data);
  -- A time in the future is from before the clock was set back.
  IF (v_now BETWEEN v_notified AND v_notified + interval '50 milliseconds') IS NOT TRUE THEN
    UPDATE runs SET notified_at = v_now WHERE id = p_run;
    PERFORM pg_notify('leadwright_events', p_run);
  END IF;
  RETURN v_seq;
END $$;

-- Status changes of tasks and runs, each with its event

-- Changes a task's status and appends the event. Returns false and does nothing when the task has that status already:
-- an activity may run twice.
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
  IF p_to <> 'in_progress' THEN PERFORM drop_waits(p_run, p_task); END IF;
  RETURN true;
END $$;

-- Changes a run's status and appends the event. Returns false and does nothing when the run has that status already. A
-- failed or cancelled run that continues drops an earlier request to cancel it.
CREATE FUNCTION move_run(p_run text, p_to run_status, p_code text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_from run_status;
BEGIN
  SELECT status INTO STRICT v_from FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF v_from = p_to THEN RETURN false; END IF;
  UPDATE runs SET
      status = p_to,
      cancel_requested = cancel_requested AND v_from NOT IN ('failed', 'cancelled'),
      stop_code = p_code,
      stop_reason = p_reason,
      finished_at = CASE WHEN p_to IN ('completed', 'failed', 'cancelled') THEN clock_timestamp() END
    WHERE id = p_run;
  PERFORM append_event(p_run, NULL, 'run.status', jsonb_strip_nulls(jsonb_build_object(
    'status', p_to, 'from', v_from, 'reason', p_reason)));
  -- A run that does not go on waits for no model. When it goes on, its first failed call is news.
  IF p_to <> 'running' THEN DELETE FROM model_waits WHERE run_id = p_run; END IF;
  RETURN true;
END $$;

-- Refuses the status that the lead reports when the tasks contradict it: the record decides whether a run is completed.
CREATE FUNCTION check_reported(p_run text, p_to run_status) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_to = 'completed' AND EXISTS (SELECT FROM tasks WHERE run_id = p_run AND status <> 'completed') THEN
    RAISE EXCEPTION 'run % cannot be completed: not all of its tasks are', p_run USING ERRCODE = 'check_violation';
  END IF;
END $$;

-- Locks a task and all tasks that depend on it, directly or not, in the order of their ids. Returns the ids of the
-- dependants.
CREATE FUNCTION lock_with_dependants(p_run text, p_task text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  v_dependants text[];
BEGIN
  WITH RECURSIVE dependants AS (
    SELECT id FROM tasks WHERE run_id = p_run AND p_task = ANY (depends_on)
    UNION
    SELECT tasks.id FROM tasks JOIN dependants ON dependants.id = ANY (tasks.depends_on) WHERE tasks.run_id = p_run
  )
  SELECT COALESCE(array_agg(id), '{}') INTO v_dependants FROM dependants;
  PERFORM 1 FROM tasks WHERE run_id = p_run AND id = ANY (v_dependants || p_task) ORDER BY id FOR NO KEY UPDATE;
  RETURN v_dependants;
END $$;

-- Ends a task without success, and skips all tasks that depend on it. Returns the ids of the skipped tasks.
CREATE FUNCTION end_task(p_run text, p_task text, p_to task_status, p_error text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  v_dependants text[];
  v_id text;
BEGIN
  v_dependants := lock_with_dependants(p_run, p_task);
  PERFORM move_task(p_run, p_task, p_to, p_error);
  FOR v_id IN SELECT id FROM tasks
      WHERE run_id = p_run AND id = ANY (v_dependants) AND status = 'pending' ORDER BY id LOOP
    PERFORM move_task(p_run, v_id, 'skipped', format('Skipped: it needs %s, which ended %s.', p_task, p_to));
    RETURN NEXT v_id;
  END LOOP;
END $$;

-- Fails a task and skips all tasks that depend on it. Does nothing to a task that has ended, and nothing when this activity
-- has failed the task before: a person may have retried it since. p_activity: when the first attempt of the activity was
-- scheduled; null when a repetition needs no such check. The caller has locked all of them with lock_with_dependants()
-- first: check_fence() locks only the task itself, which would break the locking order.
CREATE FUNCTION fail_task(p_run text, p_task text, p_reason text, p_activity bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_status task_status;
  v_failed_by bigint;
BEGIN
  SELECT status, failed_by INTO STRICT v_status, v_failed_by FROM tasks WHERE run_id = p_run AND id = p_task;
  IF v_failed_by = p_activity THEN RETURN; END IF;
  -- A task that has not started fails when its workflow was terminated from outside. It passes through in_progress.
  IF v_status = 'pending' THEN
    PERFORM move_task(p_run, p_task, 'in_progress');
  ELSIF v_status <> 'in_progress' THEN
    RETURN;
  END IF;
  UPDATE tasks SET failed_by = p_activity WHERE run_id = p_run AND id = p_task;
  PERFORM end_task(p_run, p_task, 'failed', p_reason);
END $$;

-- Sets a failed or skipped task to pending again, together with the tasks that were skipped only because of it and the
-- failed or skipped tasks that it needs. The run continues. Returns the ids of these tasks; none when the task is
-- neither failed nor skipped, or when the run is completed or cancelled.
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
  WITH RECURSIVE dependants AS (
    SELECT id FROM tasks WHERE run_id = p_run AND p_task = ANY (depends_on)
    UNION
    SELECT tasks.id FROM tasks JOIN dependants ON dependants.id = ANY (tasks.depends_on) WHERE tasks.run_id = p_run
  ), needed AS (
    -- The failed and skipped tasks that it depends on have to run again with it.
    SELECT p_task AS id
    UNION
    SELECT needs.id FROM needed JOIN tasks ON tasks.run_id = p_run AND tasks.id = needed.id
      JOIN tasks AS needs ON needs.run_id = p_run AND needs.id = ANY (tasks.depends_on)
        AND needs.status IN ('failed', 'skipped')
  )
  SELECT COALESCE(array_agg(id ORDER BY id), '{}') INTO v_ids FROM tasks
    WHERE run_id = p_run AND (
      (id IN (SELECT id FROM needed) AND status IN ('failed', 'skipped'))
      OR (id IN (SELECT id FROM dependants) AND status = 'skipped'));
  IF NOT p_task = ANY (v_ids) THEN RETURN; END IF;
  -- A task that also depends on another failed task stays skipped, and so do its dependants.
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

-- Asks all workers to cancel a run at once. Temporal's own cancellation arrives with a heartbeat, up to two seconds
-- later. A repeated request notifies again, because a listener may have missed the first notification.
CREATE FUNCTION request_cancel(p_run text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- A run that has ended is not marked: a failed run that is retried must not be stopped by an old request.
  UPDATE runs SET cancel_requested = true WHERE id = p_run AND status IN ('running', 'paused', 'blocked');
  IF FOUND THEN PERFORM pg_notify('leadwright_cancels', p_run); END IF;
END $$;

-- Cancels a run and all of its tasks that have not ended. Returns false and does nothing when the run had ended
-- already.
CREATE FUNCTION cancel_run(p_run text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
BEGIN
  -- Take all task locks before the first event, which locks the run's row: the loop below takes them one by one.
  PERFORM 1 FROM tasks WHERE run_id = p_run ORDER BY id FOR NO KEY UPDATE;
  -- The run ended before the cancellation and keeps its status.
  IF (SELECT status FROM runs WHERE id = p_run FOR NO KEY UPDATE) IN ('completed', 'failed') THEN
    UPDATE runs SET cancel_requested = false WHERE id = p_run;
    RETURN false;
  END IF;
  -- Stops model calls whose activities Temporal has abandoned: their answers are not needed.
  PERFORM request_cancel(p_run);
  FOR v_id IN SELECT id FROM tasks
      WHERE run_id = p_run AND status IN ('pending', 'in_progress', 'blocked') ORDER BY id LOOP
    -- The largest integer: the fence refuses every later attempt and every write of an earlier one.
    UPDATE tasks SET fence_attempt = 2147483647 WHERE run_id = p_run AND id = v_id;
    PERFORM move_task(p_run, v_id, 'cancelled', 'Cancelled with its run.');
  END LOOP;
  -- Open questions need no answer any more.
  FOR v_id IN UPDATE blockers SET resolved_at = clock_timestamp(), resolved_by = 'cancel', answer = ''
      WHERE run_id = p_run AND resolved_at IS NULL RETURNING id LOOP
    PERFORM append_event(p_run, (SELECT task_id FROM blockers WHERE id = v_id), 'blocker.resolved',
      jsonb_build_object('blockerId', v_id, 'by', 'cancel', 'answer', ''));
  END LOOP;
  RETURN move_run(p_run, 'cancelled');
END $$;

-- Continues a cancelled run: its cancelled tasks are open again, and so are the questions that they waited for. Questions
-- about the run are asked again if they still apply. Returns false and does nothing when the run is not cancelled, or has
-- nothing to do: neither a cancelled task, nor a question about the run, nor the verification of its finished branch.
CREATE FUNCTION resume_cancelled_run(p_run text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
  v_blocker blockers%ROWTYPE;
BEGIN
  PERFORM 1 FROM tasks WHERE run_id = p_run ORDER BY id FOR NO KEY UPDATE;
  IF (SELECT status FROM runs WHERE id = p_run FOR NO KEY UPDATE) <> 'cancelled' THEN RETURN false; END IF;
  IF NOT EXISTS (SELECT FROM tasks WHERE run_id = p_run AND status = 'cancelled')
      AND NOT EXISTS (SELECT FROM blockers WHERE run_id = p_run AND task_id IS NULL AND resolved_by = 'cancel')
      AND EXISTS (SELECT FROM tasks WHERE run_id = p_run AND status <> 'completed') THEN
    RETURN false;
  END IF;
  FOR v_id IN SELECT id FROM tasks WHERE run_id = p_run AND status = 'cancelled' ORDER BY id LOOP
    UPDATE blockers SET resolved_at = NULL, resolved_by = NULL, answer = NULL
      WHERE run_id = p_run AND task_id = v_id AND resolved_by = 'cancel' RETURNING * INTO v_blocker;
    IF v_blocker.id IS NULL THEN
      PERFORM move_task(p_run, v_id, 'pending');
      -- Work that was about to land lands, without another turn.
      IF EXISTS (SELECT FROM (
          SELECT turn, passed, accepted, landing FROM attempts
          WHERE run_id = p_run AND task_id = v_id ORDER BY number DESC LIMIT 1
        ) AS newest WHERE landing IS NULL AND (accepted OR (passed AND NOT EXISTS (
          SELECT FROM model_turns WHERE run_id = p_run AND task_id = v_id AND number > newest.turn)))) THEN
        PERFORM move_task(p_run, v_id, 'in_progress');
      END IF;
      CONTINUE;
    END IF;
    PERFORM move_task(p_run, v_id, 'blocked', v_blocker.question);
    PERFORM append_event(p_run, v_id, 'blocker.raised', jsonb_build_object(
      'blockerId', v_blocker.id, 'reason', v_blocker.reason, 'question', v_blocker.question));
  END LOOP;
  PERFORM set_config('leadwright.resumed_run', p_run, true);
  PERFORM move_run(p_run, 'running');
  RETURN true;
END $$;

-- Leases and fencing: the database refuses writes of a late attempt of an activity, and of a worker that was declared
-- dead

-- Whether a worker has left, or was declared dead. Until then it counts as alive, even after its lease: after an outage all
-- leases have expired. Only the watch of a worker that knows better declares one dead (src/worker/dead-worker-watch.ts).
CREATE FUNCTION is_gone(p_worker text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (SELECT FROM workers WHERE id = p_worker AND NOT dead)
$$;

CREATE FUNCTION check_worker(p_worker text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF is_gone(p_worker) THEN
    RAISE EXCEPTION 'worker % was declared dead', p_worker USING ERRCODE = 'LW002';
  END IF;
END $$;

-- Whether a newer attempt has registered a fence. Fences carry the time of Temporal's server. One that is more than ten
-- seconds in the future is from before the clock was set back, and is void: it would refuse all attempts until the clock
-- has caught up. The ten seconds allow for a server whose clock is ahead of this one. If it is ahead by more, a late attempt
-- can register again, but check_fence still lets only one attempt write.
CREATE FUNCTION is_fence_newer(p_fence_at bigint, p_fence_attempt integer, p_at bigint, p_attempt integer) RETURNS boolean
LANGUAGE sql AS $$
  SELECT (p_fence_at, p_fence_attempt) > (p_at, p_attempt)
    AND p_fence_at <= extract(epoch FROM clock_timestamp()) * 1000 + 10000
$$;

-- Registers the fence of an attempt of an activity of one task: its time of scheduling and its number. Refused when a
-- newer attempt has registered.
CREATE FUNCTION register_fence(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_task tasks%ROWTYPE;
BEGIN
  SELECT * INTO v_task FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'task % of run % is gone', p_task, p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF is_fence_newer(v_task.fence_at, v_task.fence_attempt, p_at, p_attempt) THEN
    RAISE EXCEPTION 'a newer attempt of task % has started', p_task USING ERRCODE = 'LW001';
  END IF;
  UPDATE tasks SET fence_at = p_at, fence_attempt = p_attempt WHERE run_id = p_run AND id = p_task;
END $$;

-- Locks the task for a write of this attempt. Refused unless its fence is the newest of the task.
CREATE FUNCTION check_fence(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_task tasks%ROWTYPE;
BEGIN
  SELECT * INTO v_task FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'task % of run % is gone', p_task, p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF (p_at, p_attempt) <> (v_task.fence_at, v_task.fence_attempt) THEN
    RAISE EXCEPTION 'a newer attempt of task % has started', p_task USING ERRCODE = 'LW001';
  END IF;
END $$;

-- Registers the fence of an attempt of an activity of the run: a check of its base or branch, or a report of its
-- status. Refused when a newer attempt has registered.
CREATE FUNCTION register_run_fence(p_run text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_run runs%ROWTYPE;
BEGIN
  SELECT * INTO v_run FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'run % is gone', p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF is_fence_newer(v_run.fence_at, v_run.fence_attempt, p_at, p_attempt) THEN
    RAISE EXCEPTION 'a newer attempt for run % has started', p_run USING ERRCODE = 'LW001';
  END IF;
  UPDATE runs SET fence_at = p_at, fence_attempt = p_attempt WHERE id = p_run;
END $$;

-- Locks the run for a write of this attempt. Refused unless its fence is the newest of the run.
CREATE FUNCTION check_run_fence(p_run text, p_at bigint, p_attempt integer, p_worker text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_run runs%ROWTYPE;
BEGIN
  SELECT * INTO v_run FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'run % is gone', p_run USING ERRCODE = 'LW003';
  END IF;
  PERFORM check_worker(p_worker);
  IF (p_at, p_attempt) <> (v_run.fence_at, v_run.fence_attempt) THEN
    RAISE EXCEPTION 'a newer attempt for run % has started', p_run USING ERRCODE = 'LW001';
  END IF;
END $$;

-- Questions to a person

-- Raises a blocker: a question to a person about a task, or about the run (p_task null). Returns false and does nothing
-- when the same question is open, or when the turn p_turn has asked it before (null when no turn asks). Ids are short
-- enough to type: run, task if there is one, and a number.
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

-- Blocks a task because the whole run waits for a person. The question is a blocker of the run, not of the task.
CREATE FUNCTION block_task_on_run(p_run text, p_task text, p_reason text, p_question text, p_turn integer)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  -- The question is said once, by the blocker of the run, and not again by each of its tasks.
  PERFORM move_task(p_run, p_task, 'blocked', 'The whole run waits for a person');
  RETURN raise_blocker(p_run, NULL, p_reason, p_question, p_turn);
END $$;

-- Records a person's answer. p_reply is put in front of the reply that the agent gets to its last turn. Returns null
-- when there is no such blocker, false when it was answered before.
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
  -- The run can continue without a person now. The lead reports the status again after it has read the record.
  IF (SELECT status FROM runs WHERE id = v_blocker.run_id) = 'blocked' THEN
    PERFORM move_run(v_blocker.run_id, 'running');
  END IF;
  RETURN true;
END $$;

-- Records a person's answer and applies its choice, in one transaction. Returns null when there is no such blocker,
-- false when it was answered before. p_reply: the reply to the agent, if it continues. p_corrections: how many more
-- corrections are allowed, null for the run's own limit. p_add_usd: added to the run's budget, null for nothing. p_why:
-- the error of a task that is skipped. p_work: the commit that is handed in.
-- Makes an attempt, without a verdict, of the changes since the newest attempt. Returns its number; null when there are
-- none.
CREATE FUNCTION attempt_from_draft(p_run text, p_task text) RETURNS integer LANGUAGE sql AS $$
  WITH last AS (
    SELECT number, turn, landing FROM attempts WHERE run_id = p_run AND task_id = p_task ORDER BY number DESC LIMIT 1
  ), newest AS (
    SELECT turn, start, base, draft, tree FROM call_results WHERE run_id = p_run AND task_id = p_task
      AND turn > COALESCE((SELECT turn FROM last), 0) ORDER BY turn DESC, position DESC LIMIT 1
  )
  INSERT INTO attempts (run_id, task_id, number, turn, kind, start, base, commit, tree, files, explanation)
    SELECT p_run, p_task, COALESCE(last.number, 0) + 1, newest.turn,
      CASE WHEN last.number IS NULL THEN 'first' WHEN last.landing IS NULL THEN 'correction' ELSE 'rebase' END,
      newest.start, newest.base, newest.draft, newest.tree, '{}', 'Accepted by a person before the agent submitted it.'
    FROM newest LEFT JOIN last ON true
    -- After the same failure twice the draft is the start again, without any change.
    WHERE newest.draft NOT IN (newest.base, newest.start)
    RETURNING number
$$;

-- Makes an attempt, without a verdict, of a commit that a person hands in. It stands after the newest turn.
CREATE FUNCTION hand_in(p_run text, p_task text, p_work jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_number integer;
BEGIN
  INSERT INTO attempts (run_id, task_id, number, turn, kind, start, base, commit, tree, files, explanation)
    SELECT p_run, p_task,
      (SELECT COALESCE(max(number), 0) + 1 FROM attempts WHERE run_id = p_run AND task_id = p_task),
      (SELECT COALESCE(max(number), 0) FROM model_turns WHERE run_id = p_run AND task_id = p_task),
      'handed_in', p_work ->> 'start', p_work ->> 'start', p_work ->> 'commit', p_work ->> 'tree',
      ARRAY(SELECT jsonb_array_elements_text(p_work -> 'files')), p_work ->> 'explanation'
    RETURNING number INTO v_number;
  UPDATE tasks SET workflow_step = 'test', output = p_work ->> 'explanation' WHERE run_id = p_run AND id = p_task;
  PERFORM append_event(p_run, p_task, 'changes.applied', jsonb_build_object(
    'attempt', v_number, 'commit', p_work -> 'commit', 'files', p_work -> 'files'));
END $$;

CREATE FUNCTION answer_blocker(p_id text, p_by text, p_choice text, p_answer text, p_reply text,
  p_corrections integer, p_add_usd numeric, p_why text, p_work jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_run text;
  v_task text;
  v_attempt integer;
  v_red boolean;
  v_resolved boolean;
BEGIN
  SELECT run_id, task_id INTO v_run, v_task FROM blockers WHERE id = p_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- Take all task locks before the first event: a skipped task skips its dependants.
  PERFORM 1 FROM tasks WHERE run_id = v_run AND (id = v_task OR p_choice = 'skip') ORDER BY id FOR NO KEY UPDATE;
  v_resolved := resolve_blocker(p_id, p_by, p_answer, p_reply);
  IF v_resolved IS NOT TRUE THEN RETURN v_resolved; END IF;
  UPDATE blockers SET choice = p_choice WHERE id = p_id;
  UPDATE runs SET
      budget_usd = budget_usd + COALESCE(p_add_usd, 0),
      branch_accepted = branch_accepted OR (v_task IS NULL AND p_choice = 'accept')
    WHERE id = v_run;
  IF v_task IS NULL THEN RETURN true; END IF;

  SELECT number, COALESCE(NOT passed AND landing IS NULL, false) INTO v_attempt, v_red FROM attempts
    WHERE run_id = v_run AND task_id = v_task ORDER BY number DESC LIMIT 1;
  -- After a red verdict the next attempt is itself the first of the allowed corrections.
  UPDATE tasks SET corrections_allowed = p_corrections - COALESCE(v_red, false)::int
    WHERE run_id = v_run AND id = v_task;
  CASE p_choice
    WHEN 'accept' THEN
      v_attempt := COALESCE(attempt_from_draft(v_run, v_task), v_attempt);
      IF v_attempt IS NULL THEN
        PERFORM move_task(v_run, v_task, 'completed');
      ELSE
        -- The work lands unchanged, also when it was requeued. Then it did not pass on what it lands on: the merge was
        -- red, or in conflict and so not tested at all.
        UPDATE attempts SET accepted = true, landing = NULL,
            passed = CASE landing WHEN 'red' THEN false WHEN 'conflict' THEN NULL ELSE passed END
          WHERE run_id = v_run AND task_id = v_task AND number = v_attempt;
      END IF;
    WHEN 'skip' THEN
      PERFORM end_task(v_run, v_task, 'skipped', p_why);
    WHEN 'commit' THEN
      PERFORM hand_in(v_run, v_task, p_work);
    ELSE
      NULL;
  END CASE;
  RETURN true;
END $$;

-- Verdicts and landing

-- Records the verdict on an attempt. Returns false and does nothing when the attempt has one. p_correction: the number
-- of the correction that a red verdict starts, null for none.
CREATE FUNCTION record_verdict(p_run text, p_task text, p_attempt integer, p_turn integer, p_test integer,
  p_passed boolean, p_was_correction boolean, p_reply text, p_finished jsonb, p_correction integer, p_reason text,
  p_starts_again boolean)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  UPDATE attempts SET test_id = p_test, passed = p_passed, starts_again = p_starts_again
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

-- Records the landing of a merge batch: all of it or, when the tip is no longer p_from, nothing (false). Skips an
-- attempt whose landing is recorded already: a batch without changes leaves the tip in place, so the tip does not
-- reveal a repeat.
-- p_landed: [{task, attempt, commit, files, explanation}] in order, commit null for an empty change.
-- p_requeued: [{task, attempt, turn, outcome, test, files, reply}], requeued to their agents; test null for a conflict.
CREATE FUNCTION land_tasks(p_run text, p_from text, p_to text, p_landed jsonb, p_requeued jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_item jsonb;
BEGIN
  PERFORM 1 FROM tasks WHERE run_id = p_run
    AND id IN (SELECT item ->> 'task' FROM jsonb_array_elements(p_landed || p_requeued) AS item)
    ORDER BY id FOR NO KEY UPDATE;
  -- What was verified is not the tip any more.
  UPDATE runs SET tip = p_to, verified = CASE WHEN p_to = p_from THEN verified END
    WHERE id = p_run AND tip = p_from;
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
  FOR v_item IN SELECT * FROM jsonb_array_elements(p_requeued) LOOP
    UPDATE attempts SET landing = v_item ->> 'outcome', merge_test_id = (v_item ->> 'test')::int,
        next_start = v_item ->> 'start', next_draft = v_item ->> 'draft'
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'attempt')::int
        AND landing IS NULL;
    CONTINUE WHEN NOT FOUND;
    UPDATE model_turns SET reply = v_item ->> 'reply',
        shown = shown || ARRAY(SELECT jsonb_array_elements_text(v_item -> 'shown')),
        known_blobs = known_blobs || ARRAY(SELECT jsonb_array_elements_text(v_item -> 'knownBlobs'))
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'turn')::int;
    PERFORM append_event(p_run, v_item ->> 'task', 'merge.finished', jsonb_build_object(
      'outcome', v_item ->> 'outcome', 'files', v_item -> 'files'));
  END LOOP;
  RETURN true;
END $$;

-- The ledger of model calls. Each call is claimed before it is sent, which reserves its worst-case cost, and settled
-- afterwards. The rows of a task's calls change under the task's lock.

-- What stops work on a task: 'cancelled', 'paused', or null for nothing. Takes no lock.
CREATE FUNCTION stopped_by(p_run text, p_task text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
      WHEN runs.cancel_requested OR runs.status IN ('completed', 'failed', 'cancelled')
        OR tasks.status NOT IN ('pending', 'in_progress', 'blocked') THEN 'cancelled'
      WHEN runs.status = 'paused' THEN 'paused'
    END
    FROM tasks JOIN runs ON runs.id = tasks.run_id WHERE tasks.run_id = p_run AND tasks.id = p_task
$$;

-- Marks a call as lost: it was sent, but its worker died or abandoned it before a complete answer arrived. Its cost
-- stays reserved, because it may have been billed.
CREATE FUNCTION mark_call_lost(p_call integer, p_reason text) RETURNS void LANGUAGE sql AS $$
  UPDATE model_calls SET state = 'lost', reason = p_reason, ended_at = clock_timestamp()
    WHERE id = p_call AND state = 'open'
$$;

-- Settles a call that ended without an answer: refused (an error status, not billed), unsent, or lost (possibly billed,
-- so its cost stays reserved). A lost call that turns out not to have been billed releases its reservation.
CREATE FUNCTION settle_call(p_call integer, p_state text, p_reason text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_call model_calls%ROWTYPE;
BEGIN
  SELECT * INTO v_call FROM model_calls WHERE id = p_call;
  PERFORM 1 FROM tasks WHERE run_id = v_call.run_id AND id = v_call.task_id FOR NO KEY UPDATE;
  SELECT * INTO v_call FROM model_calls WHERE id = p_call;
  IF v_call.state = 'open' AND p_state = 'lost' THEN
    PERFORM mark_call_lost(p_call, p_reason);
  ELSIF v_call.state IN ('open', 'lost') AND p_state IN ('refused', 'unsent') THEN
    UPDATE model_calls SET state = p_state, reason = p_reason, ended_at = clock_timestamp() WHERE id = p_call;
    UPDATE runs SET reserved_usd = reserved_usd - v_call.worst_usd WHERE id = v_call.run_id;
  END IF;
END $$;

-- Begins a turn. Returns null when the call may be made, otherwise the outcome of the turn without a call. An earlier
-- attempt of the turn may have ended the task or raised a blocker, and its result was lost. The blocker may even have
-- been answered since.
--   failed: that attempt failed the task. blocked: the task has a blocker, or a person has accepted or skipped the task.
--   waiting_on_run: the task waits with the whole run for access to the model. paused, cancelled: the status of the run.
-- A turn whose answer is stored leaves a blocked task blocked: the answer itself may have blocked it.
CREATE FUNCTION begin_turn(p_run text, p_task text, p_turn integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_run runs%ROWTYPE;
  v_status task_status;
BEGIN
  SELECT * INTO STRICT v_run FROM runs WHERE id = p_run;
  SELECT status INTO STRICT v_status FROM tasks WHERE run_id = p_run AND id = p_task;
  IF v_run.cancel_requested OR v_run.status IN ('completed', 'failed', 'cancelled') OR v_status = 'cancelled' THEN
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
      RETURN 'waiting_on_run';
    END IF;
  END IF;
  IF v_run.status = 'paused' THEN RETURN 'paused'; END IF;
  -- Close waiting calls of earlier turns: another call has answered those turns, so nobody claims these any more.
  UPDATE model_calls SET state = 'unsent', reason = 'another call has answered the turn', ended_at = clock_timestamp()
    WHERE run_id = p_run AND task_id = p_task AND turn < p_turn AND state = 'waiting';
  PERFORM mark_call_lost(id, 'its worker died') FROM model_calls
    WHERE run_id = p_run AND task_id = p_task AND turn < p_turn AND state = 'open' AND is_gone(worker_id);
  IF v_status <> 'blocked'
      OR NOT EXISTS (SELECT FROM model_turns WHERE run_id = p_run AND task_id = p_task AND number = p_turn) THEN
    PERFORM move_task(p_run, p_task, 'in_progress');
  END IF;
  RETURN NULL;
END $$;

-- Whether a call's task is in progress and its turn has no answer yet.
CREATE FUNCTION is_wanted(p_call model_calls, p_task tasks) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_task.status = 'in_progress' AND NOT EXISTS (SELECT FROM model_turns
    WHERE run_id = p_call.run_id AND task_id = p_call.task_id AND number = p_call.turn)
$$;

-- Whether an open call of the run may release money. An open call of an answered turn, or of a task that is not in
-- progress, counts only while its worker is alive.
CREATE FUNCTION may_release_money(p_run text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM model_calls JOIN tasks ON tasks.run_id = model_calls.run_id AND tasks.id = task_id
    WHERE model_calls.run_id = p_run AND state = 'open' AND (
      is_wanted(model_calls, tasks)
      OR EXISTS (SELECT FROM workers WHERE workers.id = worker_id AND NOT dead AND lease_until > clock_timestamp())))
$$;

-- Whether the run's budget is used up: the cheapest waiting call does not fit, and no open call may release money.
-- Waiting calls of answered turns do not count.
CREATE FUNCTION is_out_of_money(p_run text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (SELECT min(worst_usd) FROM model_calls
        JOIN tasks ON tasks.run_id = model_calls.run_id AND tasks.id = task_id
        WHERE model_calls.run_id = p_run AND state = 'waiting' AND is_wanted(model_calls, tasks))
      > (SELECT budget_usd - spent_usd - reserved_usd FROM runs WHERE id = p_run)
    AND NOT may_release_money(p_run)
$$;

-- The amount to reserve for a call of which p_worst is the highest cost, p_enough the cost with an answer of comfortable
-- length, and p_least the cost with the shortest useful answer. A call gets at most a quarter of the money that is left,
-- so that the calls beside it find some too, but p_enough in any case. With less money left it waits for open calls to
-- release some. When there are none, it gets all that is left. Null: wait, or ask a person.
CREATE FUNCTION money_for_call(p_run text, p_worst numeric, p_enough numeric, p_least numeric) RETURNS numeric
LANGUAGE sql STABLE AS $$
  SELECT CASE
      WHEN budget_usd IS NULL THEN p_worst
      WHEN left_usd >= p_enough THEN LEAST(p_worst, GREATEST(p_enough, trunc(left_usd / 4, 9)))
      WHEN left_usd >= p_least AND NOT may_release_money(p_run) THEN LEAST(p_worst, left_usd)
    END
    FROM (SELECT budget_usd, budget_usd - spent_usd - reserved_usd AS left_usd FROM runs WHERE id = p_run) AS money
$$;

-- Formats an amount for a person: at least cents.
CREATE FUNCTION format_usd(p_amount numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT '$' || CASE WHEN min_scale(round(p_amount, 4)) > 2 THEN trim_scale(round(p_amount, 4)) ELSE round(p_amount, 2) END
$$;

-- The question to a person when the budget is used up.
CREATE FUNCTION budget_question(p_run text, p_least numeric) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('The budget of %s does not cover the next model call, which may cost %s even if its answer is short. '
      '%s has been spent%s. Give the run more money, or cancel it.', format_usd(budget_usd), format_usd(p_least), format_usd(spent_usd),
      CASE WHEN reserved_usd > 0
        THEN format(', and %s is possibly billed, for calls that were sent and never fully answered', format_usd(reserved_usd)) ELSE '' END)
    FROM runs WHERE id = p_run
$$;

-- Claims the call of a turn. outcome: claimed (make the call), stored (the turn has its answer), busy (a worker that was not
-- declared dead is making the call, or the caller's own process is), no_money (wait: open calls may release enough), waiting_on_run (the task waits with the whole run for a
-- person), paused, cancelled. check_fence() takes the task's lock, so there is one claim of a turn at a time, by the
-- newest attempt. p_in_flight: the calls that the caller's process is making now. p_unsettled: calls that it has made,
-- but whose end it could not record. An open call of the caller that is in neither list was claimed without the
-- caller's knowledge, because the result of the claim was lost. It was not sent, and its reservation is released.
-- p_worst, p_enough, p_least: see money_for_call(). granted: the amount that is reserved. With p_only_checks, a call that
-- could be claimed is not: outcome ready.
CREATE FUNCTION claim_call(p_run text, p_task text, p_at bigint, p_attempt integer, p_worker text,
  p_turn integer, p_worst numeric, p_enough numeric, p_least numeric, p_in_flight integer[], p_unsettled integer[],
  p_only_checks boolean, OUT outcome text, OUT call integer, OUT granted numeric)
LANGUAGE plpgsql AS $$
DECLARE
  v_known model_calls%ROWTYPE;
  v_state text;
BEGIN
  PERFORM check_fence(p_run, p_task, p_at, p_attempt, p_worker);
  IF EXISTS (SELECT FROM model_turns WHERE run_id = p_run AND task_id = p_task AND number = p_turn) THEN
    outcome := 'stored';
    RETURN;
  END IF;
  outcome := stopped_by(p_run, p_task);
  IF outcome IS NOT NULL THEN RETURN; END IF;

  SELECT * INTO v_known FROM model_calls
    WHERE run_id = p_run AND task_id = p_task AND turn = p_turn AND state IN ('waiting', 'open');
  IF v_known.state = 'open' THEN
    -- Compared first: the process may have claimed the call under an earlier name.
    IF v_known.id = ANY (p_in_flight) THEN
      outcome := 'busy';
      RETURN;
    END IF;
    IF v_known.worker_id = p_worker THEN
      IF v_known.id = ANY (p_unsettled) THEN
        PERFORM mark_call_lost(v_known.id, 'its worker abandoned it');
      ELSE
        PERFORM settle_call(v_known.id, 'unsent', 'the result of its claim was lost');
      END IF;
    ELSIF is_gone(v_known.worker_id) THEN
      PERFORM mark_call_lost(v_known.id, 'its worker died');
    ELSE
      outcome := 'busy';
      RETURN;
    END IF;
    v_known := NULL;
  END IF;

  PERFORM FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  granted := money_for_call(p_run, p_worst, p_enough, p_least);
  IF p_only_checks AND granted IS NOT NULL THEN
    outcome := 'ready';
    RETURN;
  END IF;
  v_state := CASE WHEN granted IS NULL THEN 'waiting' ELSE 'open' END;
  call := v_known.id;
  -- A waiting call has a row already. Only the newest attempt gets here, so the caller takes over the row.
  IF call IS NULL THEN
    INSERT INTO model_calls (run_id, task_id, turn, worker_id, state, worst_usd)
      VALUES (p_run, p_task, p_turn, p_worker, v_state, COALESCE(granted, p_least))
      RETURNING id INTO call;
  ELSE
    UPDATE model_calls SET worker_id = p_worker, worst_usd = COALESCE(granted, p_least), state = v_state,
        claimed_at = clock_timestamp()
      WHERE id = call;
  END IF;
  IF granted IS NOT NULL THEN
    UPDATE runs SET reserved_usd = reserved_usd + granted WHERE id = p_run;
    outcome := 'claimed';
    RETURN;
  END IF;

  IF is_out_of_money(p_run) OR EXISTS (SELECT FROM blockers
      WHERE run_id = p_run AND task_id IS NULL AND reason = 'budget' AND resolved_at IS NULL) THEN
    UPDATE model_calls SET state = 'unsent', reason = 'the budget is used up', ended_at = clock_timestamp() WHERE id = call;
    PERFORM block_task_on_run(p_run, p_task, 'budget', budget_question(p_run, p_least), NULL);
    outcome := 'waiting_on_run';
    RETURN;
  END IF;
  outcome := 'no_money';
END $$;

-- Stores an answer with its event and its cost. p_turn: the row of the turn. Returns false when the turn already has an
-- answer: the first answer stays, and the cost of this one is counted as well, because it was billed. Returns null when
-- the run was deleted.
CREATE FUNCTION store_answer(p_call integer, p_turn model_turns, p_event jsonb, p_compaction jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_call model_calls%ROWTYPE;
  v_tokens integer := p_turn.input_tokens + p_turn.cache_creation_tokens + p_turn.cache_read_tokens;
  v_stored boolean;
BEGIN
  p_turn.answered_at := clock_timestamp();
  PERFORM 1 FROM tasks WHERE run_id = p_turn.run_id AND id = p_turn.task_id FOR NO KEY UPDATE;
  SELECT * INTO v_call FROM model_calls WHERE id = p_call;
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- The same call is reported a second time, because the result of the first report was lost.
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
    PERFORM end_waits(p_turn.run_id, p_turn.task_id, p_turn.model, p_turn.attempt, p_turn.number);
    PERFORM append_event(p_turn.run_id, p_turn.task_id, 'model.call', p_event);
    IF p_compaction IS NOT NULL THEN
      PERFORM append_event(p_turn.run_id, p_turn.task_id, 'conversation.compacted', p_compaction);
    END IF;
  END IF;
  RETURN v_stored;
END $$;

-- Waits for a model. Rows change under the lock of their run, which append_event() takes as well.

-- Whether a wait has news for those who were told of it: a new reason, or twice the tries. The pauses between tries
-- double up to a minute, so that this means about twice the time: an outage of a day is eleven events. A reason counts
-- once in a wait, because a provider that alternates between two of them has no news.
CREATE FUNCTION is_wait_news(p_wait model_waits) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT NOT p_wait.reason = ANY (p_wait.told_reasons) OR p_wait.tries >= greatest(2 * p_wait.told_tries, 1)
$$;

-- Appends the event of a wait that has news.
CREATE FUNCTION announce_wait(p_wait model_waits) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT is_wait_news(p_wait) THEN RETURN; END IF;
  UPDATE model_waits SET
      told_reasons = array_append(array_remove(told_reasons, p_wait.reason), p_wait.reason),
      told_tries = p_wait.tries
    WHERE id = p_wait.id;
  PERFORM append_event(p_wait.run_id, p_wait.task_id, 'model.waiting', jsonb_build_object(
    'attempt', p_wait.attempt, 'turn', p_wait.turn, 'reason', p_wait.reason, 'tries', p_wait.tries,
    'until', to_char(p_wait.until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
END $$;

-- Whether a model is out of reach for the whole run while p_wait waits for it: another task waits for it too, or the
-- second try in a row has failed and no other call of the run is open, whose answer might come.
CREATE FUNCTION is_out_of_reach(p_wait model_waits) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM model_waits
      WHERE run_id = p_wait.run_id AND model = p_wait.model AND task_id IS DISTINCT FROM p_wait.task_id)
    OR p_wait.tries > 1 AND NOT EXISTS (SELECT FROM model_calls WHERE run_id = p_wait.run_id AND state = 'open')
$$;

-- Records that the call of a task's turn is to be made again after p_delay_ms, and appends the event if it is news.
-- p_tries: 1 when the call was made, 0 when its start was put off. While the model is out of reach for the run, one
-- wait of the run stands for those of its tasks, which have no events of their own: a thousand tasks would say the same.
-- The tries of that wait are the most that any task has made, and its next try is the soonest. A task that was stopped
-- meanwhile makes no call again.
CREATE FUNCTION record_wait(p_run text, p_task text, p_model text, p_attempt integer, p_turn integer, p_reason text,
  p_tries integer, p_delay_ms integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz;
  v_task model_waits;
  v_run model_waits;
BEGIN
  PERFORM FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  IF stopped_by(p_run, p_task) IS NOT NULL
      OR (SELECT status FROM tasks WHERE run_id = p_run AND id = p_task) <> 'in_progress' THEN
    RETURN;
  END IF;
  v_now := clock_timestamp();
  INSERT INTO model_waits AS known (run_id, task_id, model, attempt, turn, reason, tries, since, until, told_reasons)
    VALUES (p_run, p_task, p_model, p_attempt, p_turn, p_reason, p_tries, v_now,
      v_now + p_delay_ms * interval '1 ms', '{}')
    ON CONFLICT (run_id, COALESCE(task_id, ''), model) DO UPDATE SET
      attempt = p_attempt, turn = p_turn, reason = p_reason, tries = known.tries + p_tries, until = EXCLUDED.until
    RETURNING * INTO v_task;
  IF NOT is_out_of_reach(v_task) THEN
    PERFORM announce_wait(v_task);
    RETURN;
  END IF;
  INSERT INTO model_waits AS known (run_id, task_id, model, attempt, turn, reason, tries, since, until, told_reasons)
    VALUES (p_run, NULL, p_model, p_attempt, p_turn, p_reason, v_task.tries,
      (SELECT min(since) FROM model_waits WHERE run_id = p_run AND model = p_model), v_task.until, '{}')
    ON CONFLICT (run_id, COALESCE(task_id, ''), model) DO UPDATE SET
      attempt = p_attempt, turn = p_turn, reason = p_reason, tries = greatest(known.tries, v_task.tries),
      until = CASE WHEN known.until > v_now THEN least(known.until, v_task.until) ELSE v_task.until END
    RETURNING * INTO v_run;
  PERFORM announce_wait(v_run);
END $$;

-- Ends the waits that the answer to a turn shows to be over: those of the task, and that of the run for this model.
-- Appends an event for each that was announced. The run's event follows once no other model is out of reach. Waits that
-- the run's one stood for begin anew with their next refusal.
CREATE FUNCTION end_waits(p_run text, p_task text, p_model text, p_attempt integer, p_turn integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_answering jsonb := jsonb_build_object('attempt', p_attempt, 'turn', p_turn);
  v_told boolean;
BEGIN
  PERFORM FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  WITH ended AS (DELETE FROM model_waits WHERE run_id = p_run AND task_id = p_task RETURNING told_reasons)
    SELECT bool_or(told_reasons <> '{}') INTO v_told FROM ended;
  IF v_told THEN PERFORM append_event(p_run, p_task, 'model.answering', v_answering); END IF;
  DELETE FROM model_waits WHERE run_id = p_run AND task_id IS NULL AND model = p_model;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM model_waits WHERE run_id = p_run AND model = p_model AND told_reasons = '{}';
  IF NOT EXISTS (SELECT FROM model_waits WHERE run_id = p_run AND task_id IS NULL) THEN
    PERFORM append_event(p_run, NULL, 'model.answering', v_answering);
  END IF;
END $$;

-- Ends the waits of a task that no longer makes calls. Its event says so; the run's wait ends with its last task.
CREATE FUNCTION drop_waits(p_run text, p_task text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM model_waits WHERE run_id = p_run AND task_id = p_task;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM model_waits AS of_run WHERE run_id = p_run AND task_id IS NULL AND NOT EXISTS (
    SELECT FROM model_waits WHERE run_id = p_run AND model = of_run.model AND task_id IS NOT NULL);
END $$;

-- The rate limit that all workers share on calls of one model

-- The current interval of a limit. A limit that was not used for ten minutes has expired and counts as 0.
CREATE FUNCTION model_interval(p_limit model_limits, p_now timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_limit.next_at < p_now - interval '10 minutes' THEN 0 ELSE p_limit.interval_ms END
$$;

-- Finds a slot for a call of a run, and takes it unless it is more than p_longest milliseconds away. Runs take turns: as
-- many calls of another run come first as this run has waiting, and one more. Those behind move back by one slot, up to
-- the first gap: a slot that was given up, without a run. Without a limit the slot is now, has no id, and nothing is locked.
CREATE FUNCTION take_model_slot(p_key text, p_run text, p_longest integer, OUT id bigint, OUT slot timestamptz,
  OUT wait_ms float8, OUT limited boolean, OUT taken boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_limit model_limits;
  v_now timestamptz;
  v_last timestamptz(3);
  v_gap timestamptz(3);
  v_waiting integer;
  v_ahead integer;
BEGIN
  SELECT * INTO v_limit FROM model_limits WHERE key = p_key;
  v_now := date_trunc('milliseconds', clock_timestamp());
  limited := FOUND AND model_interval(v_limit, v_now) > 0;
  IF NOT limited THEN
    slot := v_now;
    wait_ms := 0;
    taken := true;
    RETURN;
  END IF;
  SELECT * INTO v_limit FROM model_limits WHERE key = p_key FOR NO KEY UPDATE;
  -- Slots are whole milliseconds. A finer clock would make the longest wait longer by what rounding adds.
  v_now := date_trunc('milliseconds', clock_timestamp());
  -- No retry-after counts for more than an hour. What is later is from before the clock was set back.
  v_limit.next_at := least(v_limit.next_at, v_now + interval '1 hour');
  -- Of calls whose workers died while they waited.
  DELETE FROM model_slots WHERE key = p_key AND (at < v_now - interval '1 minute' OR at > v_now + interval '1 hour');
  SELECT count(*) INTO v_waiting FROM model_slots WHERE key = p_key AND run_id = p_run AND at > v_now;
  SELECT v_waiting + COALESCE(sum(least(waiting, v_waiting + 1)), 0) INTO v_ahead FROM (
    SELECT count(*) AS waiting FROM model_slots WHERE key = p_key AND run_id <> p_run AND at > v_now
    GROUP BY run_id) AS others;
  v_last := greatest(v_limit.next_at, v_now);
  SELECT at INTO slot FROM model_slots WHERE key = p_key AND run_id IS NOT NULL AND at > v_now
    ORDER BY at OFFSET v_ahead LIMIT 1;
  SELECT min(at) INTO v_gap FROM model_slots WHERE key = p_key AND run_id IS NULL AND at > v_now;
  slot := least(COALESCE(slot, v_last), v_gap);
  wait_ms := greatest(0, extract(epoch FROM slot - v_now) * 1000);
  taken := wait_ms <= p_longest;
  IF taken THEN
    UPDATE model_slots SET at = moved.next FROM (
      SELECT id AS moved_id, lead(at, 1, COALESCE(v_gap, v_last)) OVER (ORDER BY at) AS next FROM model_slots
      WHERE key = p_key AND run_id IS NOT NULL AND at >= slot AND (v_gap IS NULL OR at < v_gap)) AS moved
    WHERE id = moved_id;
    INSERT INTO model_slots (key, run_id, at) VALUES (p_key, p_run, slot) RETURNING model_slots.id INTO id;
    IF v_gap IS NULL THEN
      UPDATE model_limits SET next_at = v_last + v_limit.interval_ms * interval '1 ms' WHERE key = p_key;
    ELSE
      DELETE FROM model_slots WHERE key = p_key AND run_id IS NULL AND at = v_gap;
    END IF;
  END IF;
END $$;

-- Uses a slot, if its time has come. Otherwise says how long it is away now; null when the slot was taken back, because the
-- limit was tightened.
CREATE FUNCTION use_model_slot(p_id bigint, OUT slot timestamptz, OUT wait_ms float8) LANGUAGE plpgsql AS $$
BEGIN
  SELECT at, greatest(0, extract(epoch FROM at - clock_timestamp()) * 1000) INTO slot, wait_ms
    FROM model_slots WHERE id = p_id;
  IF wait_ms = 0 THEN
    DELETE FROM model_slots WHERE id = p_id;
  END IF;
END $$;

-- Slows calls down after a refused call that was sent at p_sent. The interval doubles at most once for all calls that
-- were sent before its last change. Slots that were handed out before the change are taken back.
CREATE FUNCTION tighten_model_limit(p_key text, p_sent timestamptz, p_retry_after integer, p_floor integer,
  p_ceiling integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_limit model_limits;
  v_now timestamptz;
  v_interval integer;
BEGIN
  INSERT INTO model_limits (key, interval_ms, next_at, changed_at)
    VALUES (p_key, 0, '-infinity', '-infinity') ON CONFLICT DO NOTHING;
  SELECT * INTO v_limit FROM model_limits WHERE key = p_key FOR NO KEY UPDATE;
  v_now := clock_timestamp();
  -- A change in the future is from before the clock was set back.
  IF v_limit.changed_at < p_sent OR v_limit.changed_at > v_now THEN
    v_interval := model_interval(v_limit, v_now);
    v_interval := greatest(v_interval, least(p_ceiling, greatest(p_floor, 2 * v_interval)));
    DELETE FROM model_slots WHERE key = p_key;
    UPDATE model_limits SET interval_ms = v_interval, changed_at = v_now,
        next_at = v_now + greatest(v_interval, p_retry_after) * interval '1 ms'
      WHERE key = p_key;
  ELSE
    UPDATE model_limits SET next_at = greatest(next_at, v_now + p_retry_after * interval '1 ms') WHERE key = p_key;
  END IF;
END $$;

-- Speeds calls up after an answered call that was sent at p_sent. The interval shrinks by a fifth, at most once for all
-- calls that were sent before its last change: about three round trips make up for one refusal. Below the floor the
-- limit ends.
CREATE FUNCTION relax_model_limit(p_key text, p_sent timestamptz, p_floor integer) RETURNS void LANGUAGE sql AS $$
  UPDATE model_limits SET changed_at = clock_timestamp(),
      interval_ms = CASE WHEN interval_ms * 4 / 5 < p_floor THEN 0 ELSE interval_ms * 4 / 5 END
    -- A change in the future is from before the clock was set back.
    WHERE key = p_key AND interval_ms > 0 AND (changed_at < p_sent OR changed_at > clock_timestamp())
$$;
