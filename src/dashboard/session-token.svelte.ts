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

export function forgetToken(problem: string): void {
  sessionStorage.removeItem(KEY);
  signIn.token = null;
  signIn.problem = problem;
}
