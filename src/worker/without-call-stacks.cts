import v8 = require('node:v8');

/**
 * Runs first in each thread that runs workflows (call-stacks.ts), and keeps the SDK from noting the call stack of each promise.
 * Where this function fails, the SDK says so once and goes on without call stacks (setPromiseHook in its vm-shared.js).
 */
const { createHook } = v8.promiseHooks;
v8.promiseHooks.createHook = (hooks) => {
  // Node itself uses the function too, for AsyncLocalStorage, and needs all four.
  if (hooks.before === undefined) throw new Error('Call stacks are switched off.');
  return createHook(hooks);
};
