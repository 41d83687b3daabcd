/** The workflows of the bundle. */
export { projectRun } from './project-run.js';
export { taskRun } from './task-run.js';
