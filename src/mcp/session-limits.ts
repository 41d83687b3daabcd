/** Limits of a connection to an MCP server. */

/** Bytes of one message. A screenshot, which is not passed on, has some hundred kilobytes. */
export const MESSAGE_BYTES = 4 * 1024 * 1024;

/** Bytes that a server may send in one session: the calls of one answer. */
export const SESSION_BYTES = 32 * 1024 * 1024;

/**
 * Messages and other lines of one session. Each is parsed on the worker's main thread, and a call needs one answer and a
 * few notifications.
 */
export const SESSION_LINES = 10_000;

/** Milliseconds to start a server and to learn its version. Python servers load for some seconds. */
export const START_MS = 30_000;

/** Milliseconds for the list of tools, with all its pages. */
export const LIST_MS = 15_000;

/** Pages of the list of tools: a server that gives ever more of them is stopped. */
export const LIST_PAGES = 20;
