import { createHash } from 'node:crypto';

/** A page of ours before the Temporal UI. */
export interface Page {
  readonly body: string;
  readonly policy: string;
}

const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 30rem; margin: 15vh auto 0; padding: 0 1rem; }
  label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
  input, button { margin: .25rem 0 1rem; padding: .5rem; }
`;

/** No script, no other origin, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page that asks for the token.
 * @param next the path to show after the sign-in
 * @param problem why the last attempt failed; empty at first
 */
export function signInPage(next: string, problem: string): Page {
  return page(
    'Sign in to the Temporal UI',
    `<h1>Temporal UI</h1>
    ${problem === '' ? '' : `<p role="alert">${escapeHtml(problem)}</p>`}
    <form method="post" action="/sign-in">
      <input type="hidden" name="next" value="${escapeHtml(next)}">
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
      <button>Sign in</button>
    </form>
    <p>The token is in the file <code>token</code> of <code>LEADWRIGHT_HOME</code>. Links in the dashboard sign in by themselves.</p>`,
  );
}

/**
 * The page after a sign-in, which goes on to `next`. A redirect would not do: when the link was on a page of another
 * site, a browser sends the strict cookie only with requests that our own page makes.
 */
export function onwardPage(next: string): Page {
  const address = escapeHtml(next);
  return page(
    'Temporal UI',
    `<p><a href="${address}">Open the Temporal UI</a></p>`,
    `<meta http-equiv="refresh" content="0;url=${address}">`,
  );
}

function page(title: string, body: string, head = ''): Page {
  return {
    policy: POLICY,
    body: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${head}
    <title>${title}</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
    ${body}
    </main>
  </body>
</html>
`,
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
