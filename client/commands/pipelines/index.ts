import { apply } from './apply.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { status } from './status.ts';

export const pipelines = { status, apply, run, report };
