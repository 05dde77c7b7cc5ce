import { cronMatches } from '../core/cron.ts';
import { type Pipeline } from '../core/pipeline.ts';
import { type ScheduledLoop } from '../core/ports.ts';
import { instant, MINUTE, type Instant } from '../core/time.ts';

const loops = ['data', 'retraining', 'prediction', 'monitoring', 'lifecycle'] as const satisfies ScheduledLoop[];

/** What a simulated clock passed on its way from one moment to another: each loop's last due moment. */
export function dueBetween(
  { schedules }: Pick<Pipeline, 'schedules'>,
  from: Instant,
  to: Instant,
): { loop: ScheduledLoop; asOf: Instant }[] {
  const due = new Map<ScheduledLoop, Instant>();
  const first = Math.floor(Date.parse(from) / MINUTE) + 1;
  const last = Math.floor(Date.parse(to) / MINUTE);
  for (let minute = first; minute <= last; minute++) {
    const asOf = instant(minute * MINUTE);
    for (const loop of loops) if (schedules[loop] !== 'off' && cronMatches(schedules[loop], asOf)) due.set(loop, asOf);
  }
  return [...due].map(([loop, asOf]) => ({ loop, asOf }));
}
