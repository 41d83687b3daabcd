import { Hono } from 'hono';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';
import { blockersRoutes } from './blockers.js';
import { dashboardRoutes } from './dashboard.js';
import { healthRoutes } from './health.js';
import { metricsRoutes } from './metrics.js';
import { runActionsRoutes } from './run-actions.js';
import { runGraphRoutes } from './run-graph.js';
import { runTimelineRoutes } from './run-timeline.js';
import { runUsageRoutes } from './run-usage.js';
import { runsRoutes } from './runs.js';
import { signInCodesRoutes, signInRoutes } from './sign-in.js';
import { taskDiffRoutes } from './task-diff.js';
import { taskOutputsRoutes } from './task-outputs.js';
import { taskRetryRoutes } from './task-retry.js';
import { tasksRoutes } from './tasks.js';
import { temporalUiRoutes } from './temporal-ui.js';
import { workersRoutes } from './workers.js';
import { websocketsRoutes } from './websockets.js';

/** Routes that need no token. */
export const publicRoutes = (services: Services) =>
  new Hono<ServerEnv>()
    .route('/', healthRoutes(services))
    .route('/', dashboardRoutes(services))
    .route('/', signInRoutes(services));

/** Routes that need the token: one file and one entry for each resource. */
export const routes = (services: Services) =>
  new Hono<ServerEnv>()
    .route('/', runsRoutes(services))
    .route('/', runGraphRoutes(services))
    .route('/', runTimelineRoutes(services))
    .route('/', runUsageRoutes(services))
    .route('/', runActionsRoutes(services))
    .route('/', tasksRoutes(services))
    .route('/', taskDiffRoutes(services))
    .route('/', taskOutputsRoutes(services))
    .route('/', taskRetryRoutes(services))
    .route('/', blockersRoutes(services))
    .route('/', signInCodesRoutes(services))
    .route('/', temporalUiRoutes(services))
    .route('/', metricsRoutes(services))
    .route('/', workersRoutes(services))
    .route('/', websocketsRoutes());

/** What the dashboard's client knows of the routes: their paths, inputs and outputs. Import it as a type only. */
export type Routes = ReturnType<typeof routes>;
