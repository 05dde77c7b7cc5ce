import { type Operations } from '../operations/index.ts';
import { type Page } from './layout.ts';
import { type TemporalUi } from './parts.ts';

/** Something that was asked for, or why it is not known. */
export type Known<T> = { value: T; problem: null } | { value: null; problem: string };

export interface Reader {
  /** What `work` says, or why it does not; what is not there at all is thrown. `key` names the question. */
  ask<T>(key: string, work: () => Promise<T>): Promise<Known<T>>;
  /** The same, thrown when it fails. */
  read<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** What this server answers a pipeline's predictions with: known with everything else down. */
export interface Serving {
  /** The champion; null while nothing serves. */
  version: number | null;
  /** The versions in words. */
  serves: string | null;
  /** Why the newest traffic is not served; null when all is well. */
  problem: string | null;
}

/** What pages are made from. */
export interface PageContext {
  operations: Operations;
  reader: Reader;
  /** By pipeline. */
  serving: () => Readonly<Record<string, Serving>>;
  ui: TemporalUi | null;
}

/** What the path names, and `page` of its query. */
export type Parameters = Readonly<Record<string, string>>;
export type BuildPage = (context: PageContext, parameters: Parameters) => Promise<Page>;
