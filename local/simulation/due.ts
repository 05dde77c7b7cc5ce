import { nextMoment } from '../../core/time/cron.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { scheduledLoops, whenOf, type ScheduledLoop } from '../../core/runs/schedules.ts';
import { type Instant } from '../../core/time/time.ts';

/** What a simulated clock passed on its way from one moment to another: each loop's last due moment, in their order. */
export function dueBetween(
  pipeline: Pick<Pipeline, 'schedules'>,
  from: Instant,
  to: Instant,
): { loop: ScheduledLoop; asOf: Instant }[] {
  return scheduledLoops.flatMap((loop) => {
    const when = whenOf(pipeline, loop);
    let asOf: Instant | null = null;
    for (let next = when && nextMoment(when, from); next !== null && next <= to; next = nextMoment(when!, next))
      asOf = next;
    return asOf === null ? [] : [{ loop, asOf }];
  });
}
