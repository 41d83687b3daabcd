/**
 * Schemas of the statuses and roles. Apart from these themselves, because workflows import those: each open workflow would
 * hold the schema library in memory.
 */
import { z } from 'zod';
import { ROLES, RUN_STATUSES, TASK_STATUSES } from './run-status.js';

export const runStatusSchema = z.enum(RUN_STATUSES);
export const taskStatusSchema = z.enum(TASK_STATUSES);
export const roleSchema = z.enum(ROLES);
