import type { Candidate, RecipeName } from '../recipes/index.ts';
import type { Column, ColumnKindName } from '../columns/index.ts';
import type { PipelineInput } from './pipeline.ts';
import type { Secret } from '../base/schema.ts';
import type { Place } from '../sources/source.ts';

/** The functions of a declaration: `import { definePipeline, number, ... } from 'perennial'`. */
type Options<T, Kind extends string> = Omit<Extract<T, { kind: Kind }>, 'kind'>;
type ColumnInput = PipelineInput['columns'][string];
type CandidateInput = NonNullable<PipelineInput['candidates']>[number];

/** Checks the declaration's type as it is written; `perennial apply` checks its values. */
export const definePipeline = (pipeline: PipelineInput): PipelineInput => pipeline;

/** A secret by its name: the step that needs it reads the value from the environment, and never stores it. */
export const env = (name: string): Secret => ({ env: name });

type SourceInput = PipelineInput['source'];
type FactsInput = NonNullable<PipelineInput['label']['facts']>;

const sourceWords: { [Kind in Place['kind']]: (source: Options<SourceInput, Kind>) => SourceInput } = {
  postgres: (source) => ({ kind: 'postgres', ...source }),
  http: (source) => ({ kind: 'http', ...source }),
  csv: (source) => ({ kind: 'csv', ...source }),
};
export const {
  /** Rows of a table in Postgres. */
  postgres,
  /** Rows of a JSON API: GET path?from=&to=&limit=&cursor= answers { data: [...], next }. */
  http,
  /** Rows of a CSV file with a header, named relative to the declaration. */
  csv,
} = sourceWords;

/** Label facts, which come from a separate table, API or file. */
export const facts: { [Kind in Place['kind']]: (from: Options<FactsInput, Kind>) => FactsInput } = {
  postgres: (from) => ({ kind: 'postgres', ...from }),
  http: (from) => ({ kind: 'http', ...from }),
  csv: (from) => ({ kind: 'csv', ...from }),
};

const columnWords: { [Name in ColumnKindName]: (options?: Options<ColumnInput, Name>) => ColumnInput } = {
  number: (options = {}) => ({ kind: 'number', ...options }),
  category: (options = {}) => ({ kind: 'category', ...options }),
  boolean: (options = {}) => ({ kind: 'boolean', ...options }),
  hour: (options = {}) => ({ kind: 'hour', ...options }),
};
export const {
  number,
  category,
  boolean,
  /** The hour of day (UTC) of the source's time column. */
  hour,
} = columnWords;

const recipeWords: {
  [Name in Exclude<RecipeName, 'own'>]: (options?: Partial<Options<CandidateInput, Name>>) => CandidateInput;
} = {
  baseline: (options = {}) => ({
    kind: 'baseline',
    name: options.last !== undefined ? 'last' : options.recent !== undefined ? 'recent' : 'baseline',
    ...options,
  }),
  logistic: (options = {}) => ({ kind: 'logistic', name: 'logistic', ...options }),
  linear: (options = {}) => ({ kind: 'linear', name: 'linear', ...options }),
  mlp: (options = {}) => ({ kind: 'mlp', name: 'mlp', ...options }),
  tabm: (options = {}) => ({ kind: 'tabm', name: 'tabm', ...options }),
  boosted: (options = {}) => ({ kind: 'boosted', name: 'boosted', ...options }),
  symmetric: (options = {}) => ({ kind: 'symmetric', name: 'symmetric', ...options }),
  forest: (options = {}) => ({ kind: 'forest', name: 'forest', ...options }),
  ensemble: (options = {}) => ({ kind: 'ensemble', name: 'ensemble', ...options }),
};
export const {
  /** Knows only the share of positives, the mean, or the last value: what other candidates are held against. */
  baseline,
  /** For a label of kind binary: the log odds are the sum of the columns' contributions. */
  logistic,
  /** For a label of kind number: the estimate is the sum of the columns' contributions. */
  linear,
  /** A network with hidden layers. */
  mlp,
  /** Some networks that share most of their weights, of which the mean is taken. */
  tabm,
  /** Gradient-boosted trees: each learns what the trees before it left. */
  boosted,
  /** Gradient-boosted trees that split all leaves of a level alike. */
  symmetric,
  /** The mean of deep trees, each grown from other rows. */
  forest,
  /** A weighted average of the other candidates. */
  ensemble,
} = recipeWords;

/** A recipe of the pipeline's own, in a file beside the declaration; `perennial apply` reads it and adds its SHA-256. */
export const own = (
  file: string,
  options: Partial<Omit<Options<CandidateInput, 'own'>, 'file' | 'sha256'>> = {},
): CandidateInput => ({ kind: 'own', name: nameOfFile(file), file, sha256: '', ...options });

/** nameOfFile('recipes/Wide_2.ts') // => 'wide-2' */
const nameOfFile = (file: string): string =>
  file
    .replace(/^.*\//, '')
    .replace(/\.\w+$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');

/** Ways to all traffic, for `rollout.steps`. */
export { allAtOnce, blueGreen, canary } from '../rollout/steps/declared-steps.ts';

export { defineRecipe } from '../recipes/own-file.ts';
export type { RecipeFile } from '../recipes/own-file.ts';
export type { Candidate, Column, PipelineInput };
