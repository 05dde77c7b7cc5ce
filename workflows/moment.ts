import { instant, type Instant } from '../core/time/time.ts';
import { currentMoment } from './steps.ts';
import { defineSearchAttributeKey } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

const scheduledFor = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** The moment a run is for: what its starter said, else when its schedule meant it to run (also in a backfill), else now. */
export async function momentOf(asOf: Instant | null): Promise<Instant> {
  if (asOf !== null) return asOf;
  const scheduled = workflowInfo().typedSearchAttributes.get(scheduledFor);
  return scheduled ? instant(scheduled) : currentMoment();
}
