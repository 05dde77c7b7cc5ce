import type { HourRows } from './stream.ts';

/** A drift check that looks each hour, at each point of its operating curve. */
export interface Watcher {
  /** The points at which it alarms with this hour's rows. */
  hour(rows: HourRows): readonly boolean[];
  /** To try what it would do, without its knowing. */
  copy(): Watcher;
}

export interface Side {
  name: string;
  /** From the one that alarms most to the one that alarms least. */
  points: readonly string[];
  /** `trained` are the hours of the training set, the last of them held out. */
  watch(trained: readonly HourRows[], holdout: number): Watcher;
}
