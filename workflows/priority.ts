import { priorityOf } from '../core/runs/priority.ts';
import { DAY } from '../core/time/time.ts';
import { scheduledFor } from './messages.ts';
import { type Priority } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

/** What a schedule missed it catches up on for a day (adapters/temporal/schedules.ts); what is later was backfilled. */
const CAUGHT_UP = DAY;

/** Whether a backfill started this run. */
export function isBackfilled(): boolean {
  const { startTime, typedSearchAttributes } = workflowInfo();
  const scheduled = typedSearchAttributes.get(scheduledFor);
  return scheduled !== undefined && startTime.getTime() - scheduled.getTime() > CAUGHT_UP;
}

/** What a run gives its steps and children: its own priority, or that of a backfill. */
export function priorityHere(): Priority {
  const { priority = {} } = workflowInfo();
  return isBackfilled() ? priorityOf('backfill', priority.fairnessKey ?? '') : priority;
}
