import type { HourRows } from './stream.ts';

/** A drift check that looks each hour. */
export interface Watcher {
  /** Whether it alarms with this hour's rows. */
  hour(rows: HourRows): boolean;
  /** To try what it would do, without its knowing. */
  copy(): Watcher;
}
