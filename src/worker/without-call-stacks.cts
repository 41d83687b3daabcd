import v8 = require('node:v8');

/**
 * Runs first in each thread that runs workflows (call-stacks.ts), and keeps the SDK from noting the call stack of each promise.
 * Where this function fails, the SDK goes on without call stacks (setPromiseHook in its vm-shared.js).
 */
const { createHook } = v8.promiseHooks;
v8.promiseHooks.createHook = (hooks) => {
  // Node itself uses the function too, for AsyncLocalStorage, and needs all four.
  if (hooks.before !== undefined) return createHook(hooks);
  // The SDK warns next that the function is not available, which would be a false line in the worker's log.
  const { warn } = console;
  console.warn = () => {
    console.warn = warn;
  };
  throw new Error('Call stacks are switched off.');
};
