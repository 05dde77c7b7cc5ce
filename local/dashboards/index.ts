import { fleet } from './fleet.ts';
import { type Dashboard, dashboardJson } from './kit.ts';
import { pipeline } from './pipeline.ts';
import { serving } from './serving.ts';
import { workers } from './workers.ts';

/** By the name of their file. */
export const dashboards: Record<string, Dashboard> = { fleet, pipeline, serving, workers };
export { dashboardJson };
