import { instant, type Instant } from '../../core/time/time.ts';
import { scheduledFor } from '../messages.ts';
import { currentMoment } from '../steps/steps.ts';
import { workflowInfo } from '@temporalio/workflow';

/** The time a run is for: its starter's, or its scheduled time (also in a backfill), or now without either. */
export async function momentOf(asOf: Instant | null): Promise<Instant> {
  if (asOf !== null) return asOf;
  const scheduled = workflowInfo().typedSearchAttributes.get(scheduledFor);
  return scheduled ? instant(scheduled) : currentMoment();
}
