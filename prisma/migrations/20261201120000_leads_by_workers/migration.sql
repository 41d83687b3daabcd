-- A run that is recorded, and whose lead a worker is to start.
ALTER TABLE runs ADD COLUMN awaits_lead boolean NOT NULL DEFAULT false;

-- Few runs at a time: a worker reads them without reading all runs.
CREATE INDEX runs_awaiting_lead ON runs (id) WHERE awaits_lead;
