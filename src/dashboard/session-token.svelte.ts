/** The token for the API: kept for this browser tab only, and never part of an address. */
const KEY = 'leadwright.token';

class SignIn {
  token = $state(sessionStorage.getItem(KEY));
  /** Why the page asks for the token again; empty at first. */
  problem = $state('');
}

export const signIn = new SignIn();

/** The last token that the server has accepted. One that was kept over a reload is one. */
let acceptedToken = signIn.token;

export function markAccepted(token: string | null): void {
  acceptedToken = token;
}

export function storedToken(): string | null {
  return signIn.token;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
  signIn.token = token;
  signIn.problem = '';
}

/** A link with a one-time code: `#sign-in=CODE`, and the path of the page behind it. */
const SIGN_IN_LINK = /^#sign-in=([\w-]+)(\/.*)?$/;

/**
 * Signs in with the one-time code of the address, if it has one. The code leaves the address and the history first. A tab
 * that is signed in only goes to the page behind the code.
 */
export async function signInByLink(): Promise<void> {
  const [, code, path = '/'] = SIGN_IN_LINK.exec(location.hash) ?? [];
  if (code === undefined) return;
  // Unlike `replaceState`, this tells the page that its address has changed.
  location.replace(`#${path}`);
  if (signIn.token !== null) return;
  try {
    const response = await fetch('/sign-in', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    const answer: unknown = await response.json();
    if (response.ok && isTokenAnswer(answer)) keepToken(answer.token);
    else
      signIn.problem =
        'This sign-in link was used before, or is too old. Enter the token, or print another link with: leadwright up';
  } catch {
    signIn.problem = 'The server does not answer. Enter the token once it does.';
  }
}

function isTokenAnswer(answer: unknown): answer is { readonly token: string } {
  return (
    typeof answer === 'object' && answer !== null && 'token' in answer && typeof answer.token === 'string'
  );
}

/** Asks for another token, because the server has refused this one. */
export function forgetToken(token: string | null): void {
  // A late response to a request with the token before.
  if (token !== signIn.token) return;
  sessionStorage.removeItem(KEY);
  signIn.token = null;
  signIn.problem = token === acceptedToken ? NO_LONGER_ACCEPTED : 'That token is not the right one.';
}

const NO_LONGER_ACCEPTED =
  'The token of this tab is no longer accepted: the server has another one now. Enter that token, or print a sign-in link with: leadwright up';
