import { DAY, HOUR, MINUTE, type Instant } from './time.ts';

const HOURS_SHOWN = 48;

/** ago('2026-01-01T00:00:00.000Z', '2026-01-01T03:10:00.000Z') // => '3 h ago' */
export function ago(then: Instant, now: Instant): string {
  const passed = Math.max(0, Date.parse(now) - Date.parse(then));
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < HOURS_SHOWN * HOUR) return `${Math.floor(passed / HOUR)} h ago`;
  return `${Math.floor(passed / DAY)} days ago`;
}
