/**
 * Puts the words of failures into payloads, so that they are encrypted as the rest is. Temporal's SDK loads it by its
 * path, into workers and into the bundle of the workflows.
 */
import common = require('@temporalio/common');

export = { failureConverter: new common.DefaultFailureConverter({ encodeCommonAttributes: true }) };
