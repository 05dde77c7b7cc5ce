import { instant, type Instant } from '../core/time/time.ts';
import { scheduledFor } from './messages.ts';
import { currentMoment } from './steps.ts';
import { workflowInfo } from '@temporalio/workflow';

/** The moment a run is for: what its starter said, else when its schedule meant it to run (also in a backfill), else now. */
export async function momentOf(asOf: Instant | null): Promise<Instant> {
  if (asOf !== null) return asOf;
  const scheduled = workflowInfo().typedSearchAttributes.get(scheduledFor);
  return scheduled ? instant(scheduled) : currentMoment();
}
