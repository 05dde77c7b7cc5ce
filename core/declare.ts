import { type Candidate, type Column, type PipelineInput, type Secret } from './pipeline.ts';

/** The words of a declaration: `import { definePipeline, number, ... } from 'perennial'`. */
type Options<T, Kind extends string> = Omit<Extract<T, { kind: Kind }>, 'kind'>;
type ColumnInput = PipelineInput['columns'][string];
type CandidateInput = PipelineInput['candidates'][number];

/** Checks the declaration's type as it is written; `perennial apply` checks its values. */
export const definePipeline = (pipeline: PipelineInput): PipelineInput => pipeline;

/** A secret by its name: the value is read from the environment by the step that needs it, and never stored. */
export const env = (name: string): Secret => ({ env: name });

export const postgres = (source: Omit<PipelineInput['source'], 'kind'>): PipelineInput['source'] => ({
  kind: 'postgres',
  ...source,
});

export const number = (options: Options<ColumnInput, 'number'> = {}): ColumnInput => ({ kind: 'number', ...options });
export const category = (options: Options<ColumnInput, 'category'> = {}): ColumnInput => ({
  kind: 'category',
  ...options,
});
export const boolean = (options: Options<ColumnInput, 'boolean'> = {}): ColumnInput => ({
  kind: 'boolean',
  ...options,
});
/** The hour of day (UTC) of the source's time column. */
export const hour = (): ColumnInput => ({ kind: 'hour' });

export const logistic = (options: Partial<Options<CandidateInput, 'logistic'>> = {}): CandidateInput => ({
  kind: 'logistic',
  name: 'logistic',
  ...options,
});
export const mlp = (options: Partial<Options<CandidateInput, 'mlp'>> = {}): CandidateInput => ({
  kind: 'mlp',
  name: 'mlp',
  ...options,
});

export type { Candidate, Column, PipelineInput };
