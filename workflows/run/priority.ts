import { priorityOf } from '../../core/runs/priority.ts';
import { DAY } from '../../core/time/time.ts';
import { scheduledFor } from '../messages.ts';
import { type Priority } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

/** A schedule catches up on missed runs for a day (adapters/temporal/schedules.ts); later ones are backfills. */
const CAUGHT_UP = DAY;

/** Whether a backfill started this run. */
export function isBackfilled(): boolean {
  const { startTime, typedSearchAttributes } = workflowInfo();
  const scheduled = typedSearchAttributes.get(scheduledFor);
  return scheduled !== undefined && startTime.getTime() - scheduled.getTime() > CAUGHT_UP;
}

/** The priority of a run's steps and children: its own, or that of a backfill. */
export function priorityHere(): Priority {
  const { priority = {} } = workflowInfo();
  return isBackfilled() ? priorityOf('backfill', priority.fairnessKey ?? '') : priority;
}
