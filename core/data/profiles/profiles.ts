import type { Profile } from './profile.ts';
import type { Partition } from '../data.ts';
import type { Choice } from '../../drift/reference/like-rows.ts';
import type { Instant } from '../../time/time.ts';

/** A window of the source's rows that a check counted, which ends where the rows of its snapshot do. */
export interface CountedWindow {
  /** The snapshot's. */
  asOf: Instant;
  /** The version that scored them. */
  version: number;
  /** By which its profile is found. */
  subject: string;
}

export interface Profiles {
  find(pipeline: string, subject: string, binning: string): Promise<Profile | null>;
  /** Of many subjects at once; null where one is not there. */
  findEach(pipeline: string, subjects: readonly string[], binning: string): Promise<(Profile | null)[]>;
  /** Windows of the declared length, of snapshots from one time to another, the latest first. */
  windows(pipeline: string, binning: string, within: Partition): Promise<CountedWindow[]>;
  record(pipeline: string, subject: string, profile: Profile): Promise<void>;
  /** Whether weekends of a version's holdout differ from its working days, if it was told for what is `compared`. */
  findDays(pipeline: string, version: number, compared: string): Promise<Choice | null>;
  recordDays(pipeline: string, version: number, compared: string, days: Choice): Promise<void>;
  /** Removes what was told of other versions, and of this one but for what is `compared`. */
  removeOtherDays(pipeline: string, version: number, compared: readonly string[]): Promise<void>;
  /** Removes those whose subject begins with `of`, except this one and what begins with it and a slash. */
  removeOthers(pipeline: string, of: string, except: string): Promise<void>;
  /** The time of the newest snapshot that was counted in a binning. */
  newestCounted(pipeline: string, binning: string): Promise<Instant | null>;
}
