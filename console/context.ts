import { type Operations } from '../operations/index.ts';
import { type Page } from './layout.ts';
import { type TemporalUi } from './elements.ts';

/** A requested value, or why it is unknown. */
export type Known<T> = { value: T; problem: null } | { value: null; problem: string };

export interface Reader {
  /** The result of `work`, or why it failed; throws if the thing does not exist. `key` names the question. */
  ask<T>(key: string, work: () => Promise<T>): Promise<Known<T>>;
  /** The same, but throws when it fails. */
  read<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** What this server serves for a pipeline: known even with everything else down. */
export interface Serving {
  /** The champion; null while nothing serves. */
  version: number | null;
  /** A description of the versions. */
  serves: string | null;
  /** Why the newest traffic is not served; null when all is well. */
  problem: string | null;
}

/** The data of pages. */
export interface PageContext {
  operations: Operations;
  reader: Reader;
  /** By pipeline. */
  serving: () => Readonly<Record<string, Serving>>;
  ui: TemporalUi | null;
  /** Whether a simulated clock runs: Temporal has the real times. */
  simulated: boolean;
}

/** The names in the path, and `page` of its query. */
export type Parameters = Readonly<Record<string, string>>;
export type BuildPage = (context: PageContext, parameters: Parameters) => Promise<Page>;
