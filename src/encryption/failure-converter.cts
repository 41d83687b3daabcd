/**
 * Puts the messages and stack traces of failures into payloads, so that they are encrypted like all others. Temporal's
 * SDK loads it by its path, into workers and into the workflow bundle.
 */
import common = require('@temporalio/common');

export = { failureConverter: new common.DefaultFailureConverter({ encodeCommonAttributes: true }) };
