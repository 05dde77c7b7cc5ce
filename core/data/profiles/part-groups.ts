import type { Groups } from '../../drift/explaining/hourly.ts';
import type { Instant } from '../../time/time.ts';
import type { Part } from '../data.ts';

export interface GroupsOfHour {
  hour: Instant;
  groups: Groups;
}

/** The hours of parts by group of bins: a part never changes, so it is counted once. */
export interface PartGroups {
  /** By part; without those that are not counted in this grouping. */
  find(parts: readonly string[], grouping: string): Promise<ReadonlyMap<string, readonly GroupsOfHour[]>>;
  /** Stores what a part holds, and drops what is known of parts that ended before a moment. */
  record(
    part: Pick<Part, 'id' | 'to'> & { pipeline: string },
    grouping: string,
    hours: readonly GroupsOfHour[],
    before: Instant,
  ): Promise<void>;
}
