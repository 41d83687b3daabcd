// The list of runs, and one run followed live. The token is typed in, or comes in the URL's fragment
// (`#token=…`), which a browser never sends; it is taken out of the address bar at once.

const TOKEN_KEY = 'leadwright.token';
/** The shape is read again at most this often while events come in, so that a busy run costs one query a second. */
const REFRESH_MS = 1000;
const LIST_MS = 5000;
const LONGEST_WAIT_MS = 5000;

const element = (id) => document.getElementById(id);
const fragment = () => new URLSearchParams(location.hash.slice(1));

/** What is being shown; replaced as a whole when another view is opened, which ends the old one. */
let view = { close() {} };

class Unauthorized extends Error {}

async function get(path) {
  const response = await fetch(path, {
    headers: { Authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY) ?? ''}` },
  });
  if (response.status === 401) throw new Unauthorized('That token is not the right one.');
  if (!response.ok) throw new Error((await response.json()).detail);
  return response.json();
}

function row(cells) {
  const tr = document.createElement('tr');
  for (const cell of cells) {
    const td = document.createElement('td');
    td.append(cell);
    tr.append(td);
  }
  return tr;
}

function statusCell(status) {
  const span = document.createElement('span');
  span.dataset.status = status;
  span.textContent = status.replace('_', ' ');
  return span;
}

function show(id) {
  for (const part of ['sign-in', 'runs', 'run']) element(part).hidden = part !== id;
}

function say(text) {
  if (element('connection').textContent !== text) element('connection').textContent = text;
}

function openList() {
  show('runs');
  document.title = 'Leadwright';
  const refresh = guarded(async () => {
    const runs = await get('/api/runs');
    say('');
    element('no-runs').hidden = runs.length > 0;
    element('run-rows').replaceChildren(
      ...runs.map((run) => {
        const link = document.createElement('a');
        link.href = `#run=${encodeURIComponent(run.runId)}`;
        link.textContent = run.runId;
        return row([link, run.name, statusCell(run.status), new Date(run.startedAt).toLocaleString()]);
      }),
    );
  });
  void refresh();
  const timer = setInterval(refresh, LIST_MS);
  return { close: () => clearInterval(timer) };
}

function openRun(runId) {
  show('run');
  document.title = `${runId} – Leadwright`;
  element('run-title').textContent = runId;
  element('run-summary').textContent = '';
  element('task-rows').replaceChildren();
  const last = new Map();
  let refreshing = null;
  let closed = false;
  const refresh = guarded(async () => {
    const run = await get(`/api/runs/${encodeURIComponent(runId)}`);
    if (!closed) drawRun(run, last);
  });
  const soon = () => {
    refreshing ??= setTimeout(() => {
      refreshing = null;
      void refresh();
    }, REFRESH_MS);
  };
  void refresh();
  const following = follow(runId, (event) => {
    if (event.taskId !== null) last.set(event.taskId, event.type);
    soon();
  });
  return {
    close() {
      closed = true;
      clearTimeout(refreshing);
      following.close();
    },
  };
}

function drawRun(run, last) {
  const done = run.tasks.filter((task) => task.status === 'completed').length;
  const cost = run.usage.costUsd.toFixed(2);
  element('run-summary').replaceChildren(
    statusCell(run.status),
    ` · ${done} of ${run.tasks.length} tasks done · $${cost} · branch ${run.branch}`,
  );
  element('task-rows').replaceChildren(
    ...run.tasks.map((task) =>
      row([
        statusCell(task.status),
        task.title,
        task.assignedTo,
        String(task.attempts),
        String(task.corrections),
        task.error ?? last.get(task.id) ?? '',
      ]),
    ),
  );
}

/** Follows a run's events, and goes on after the last one whenever the connection broke. */
function follow(runId, onEvent) {
  const closing = new AbortController();
  let after = 0;
  let failures = 0;
  let timer = null;
  const connect = () => {
    const url = new URL(`/events?run=${encodeURIComponent(runId)}&after=${after}`, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.hash = '';
    const socket = new WebSocket(url, ['leadwright.v1', `bearer.${sessionStorage.getItem(TOKEN_KEY) ?? ''}`]);
    const options = { signal: closing.signal };
    socket.addEventListener('open', () => say('live'), options);
    socket.addEventListener(
      'message',
      ({ data }) => {
        const event = JSON.parse(data);
        if (event.ephemeral === true || event.seq <= after) return;
        failures = 0;
        after = event.seq;
        onEvent(event);
      },
      options,
    );
    socket.addEventListener(
      'close',
      () => {
        say('not connected: what is shown may be behind');
        const wait = Math.min(LONGEST_WAIT_MS, 100 * 2 ** failures++);
        timer = setTimeout(connect, wait * (0.5 + Math.random() / 2));
      },
      options,
    );
    closing.signal.addEventListener('abort', () => socket.close(1000));
  };
  try {
    connect();
  } catch {
    say('not live: this token holds characters that a WebSocket cannot carry');
  }
  return {
    close() {
      closing.abort();
      clearTimeout(timer);
      say('');
    },
  };
}

/** A refresh that asks for the token again when it is refused, and says so when nobody answers. */
function guarded(work) {
  return async () => {
    try {
      await work();
    } catch (error) {
      if (error instanceof Unauthorized) askForToken(error.message);
      else say(`cannot be read: ${error.message}`);
    }
  };
}

function askForToken(problem) {
  view.close();
  view = { close() {} };
  sessionStorage.removeItem(TOKEN_KEY);
  element('sign-in-problem').textContent = problem;
  show('sign-in');
  element('token').focus();
}

function open() {
  const asked = fragment();
  const token = asked.get('token');
  if (token !== null) {
    sessionStorage.setItem(TOKEN_KEY, token);
    asked.delete('token');
    history.replaceState(null, '', `${location.pathname}#${asked}`);
  }
  view.close();
  view = { close() {} };
  if (sessionStorage.getItem(TOKEN_KEY) === null) {
    askForToken('');
    return;
  }
  const run = asked.get('run');
  view = run === null ? openList() : openRun(run);
}

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN_KEY, element('token').value.trim());
  element('token').value = '';
  element('sign-in-problem').textContent = '';
  open();
});
addEventListener('hashchange', open);
open();
