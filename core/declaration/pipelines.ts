import type { Way } from '../access/actor.ts';
import type { LoggedShare } from '../drift/volume/logged-shares.ts';
import type { Pipeline, PipelineRef } from './pipeline.ts';

export type StoredLabel = Pick<Pipeline['label'], 'kind' | 'classes'>;

export interface Pipelines {
  /** Stores the declaration under its hash (once) and makes it the applied one. */
  apply(pipeline: Pipeline, by: string, from?: Way): Promise<{ ref: PipelineRef; changed: boolean }>;
  /** Throws PIPELINE_UNKNOWN. */
  declaration(ref: PipelineRef): Promise<Pipeline>;
  applied(name: string): Promise<PipelineRef>;
  /** The applied ones of these names, or all, in one query. A declaration that this release cannot read is null. */
  declared(names?: readonly string[]): Promise<{ ref: PipelineRef; declaration: Pipeline | null }[]>;
  /** What stored labels depend on, also in a declaration that this release cannot read. Throws PIPELINE_UNKNOWN. */
  storedLabel(ref: PipelineRef): Promise<StoredLabel>;
  list(): Promise<PipelineRef[]>;
  /** Which share of predictions was declared to be logged since when, in the order of time. */
  loggedShares(name: string): Promise<LoggedShare[]>;
}
