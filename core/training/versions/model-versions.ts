import type { ComparedVersion } from './comparison.ts';
import type { ModelVersion } from '../training.ts';
import type { Described } from './version-names.ts';

export interface ModelVersions {
  /** Registers a run's winner under the next version number; a run registers one version, however often asked. */
  register(
    version: Omit<ModelVersion, 'version' | 'stage' | 'createdAt' | 'cardKey' | keyof Described>,
    by: string,
  ): Promise<ModelVersion>;
  attachCard(pipeline: string, version: number, cardKey: string): Promise<void>;
  /** Throws MODEL_UNKNOWN. */
  get(pipeline: string, version: number): Promise<ModelVersion>;
  /** Newest first, without the slices of their holdouts where their gates named none. */
  list(pipeline: string): Promise<ModelVersion[]>;
  /** In this order, and without those that are not there. One query, however many. */
  compared(pipeline: string, versions: readonly number[]): Promise<ComparedVersion[]>;
}
