/** The token for the API: kept for this browser tab only, and never part of an address. */
const KEY = 'leadwright.token';

class SignIn {
  token = $state(sessionStorage.getItem(KEY));
  /** Why the page asks for the token again; empty at first. */
  problem = $state('');
}

export const signIn = new SignIn();

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

export function forgetToken(problem: string): void {
  sessionStorage.removeItem(KEY);
  signIn.token = null;
  signIn.problem = problem;
}
