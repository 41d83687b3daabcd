import { defineSearchAttributeKey } from '@temporalio/common';

/** Search attributes for list queries in the Temporal UI. */
export const SEARCH_ATTRIBUTES = {
  run: defineSearchAttributeKey('LeadwrightRun', 'KEYWORD'),
  task: defineSearchAttributeKey('LeadwrightTask', 'KEYWORD'),
  role: defineSearchAttributeKey('LeadwrightRole', 'KEYWORD'),
  status: defineSearchAttributeKey('LeadwrightStatus', 'KEYWORD'),
} as const;
