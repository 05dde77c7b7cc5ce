/** What a worker of the control queue runs: one workflow per loop. */
export { care } from './care.ts';
export { data } from './data.ts';
export { experiment } from './experiment.ts';
export { lifecycle } from './lifecycle.ts';
export { monitoring } from './monitoring.ts';
export { prediction } from './prediction.ts';
export { retraining } from './retraining.ts';
export { rollout } from './rollout.ts';
export { scheduledRequest } from './scheduled-request.ts';
export { training } from './training.ts';
