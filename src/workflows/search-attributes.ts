import { defineSearchAttributeKey } from '@temporalio/common';

/** What a list query in the Temporal UI finds workflows by. All of them are keywords. */
export const SEARCH_ATTRIBUTES = {
  run: defineSearchAttributeKey('LeadwrightRun', 'KEYWORD'),
  task: defineSearchAttributeKey('LeadwrightTask', 'KEYWORD'),
  role: defineSearchAttributeKey('LeadwrightRole', 'KEYWORD'),
  status: defineSearchAttributeKey('LeadwrightStatus', 'KEYWORD'),
} as const;
