import type { ModelKind, TrainedModel } from '../artifact.ts';
import { constant } from './constant.ts';
import { ensemble } from './ensemble.ts';
import { network } from './network.ts';
import { tabm } from './tabm.ts';
import { trees } from './trees.ts';
import type * as z from 'zod';

/** One kind of model: how it is stored, checked and scored. */
export interface KindOfModel<Model> {
  /** The fields of this kind's artifacts besides the common ones. */
  parts: z.ZodRawShape & { kind: z.ZodLiteral<ModelKind> };
  /** What does not fit in a model with these numbers of inputs and outputs; null when all fits. */
  problemOf(model: Model, inputs: number, outputs: number): string | null;
  /** Compiles a model with this number of inputs. Throws when its numbers cannot be read. */
  compile(model: Model, inputs: number): CompiledModel;
}

/** Write `input` before each run, which returns the logit; of classes, `runAll` writes the logit of each. */
export interface CompiledModel {
  input: Float32Array;
  /** The logit is a weighted sum of the inputs. */
  additive: boolean;
  run(): number;
  /** Absent where a kind of model has one output. */
  runAll?(into: Float64Array): void;
  /** Prepares exact explanations; without it, or for null, they are estimated from runs. */
  explain?(typical: Float32Array): ExactExplanation | null;
}

/** How far each input moves what a model sums up. */
export interface Contributions {
  /** The sum where contributions begin. */
  base: number;
  /** Adds each input's contribution to `into`, and returns the sum. */
  of(inputs: Float32Array, into: Float64Array): number;
}

export interface ExactExplanation extends Contributions {
  /** Whether contributions begin at the mean over the rows that the model learnt from, or at the typical row. */
  from: 'mean' | 'typical';
  /** The logit of a sum. */
  logitOf(sum: number): number;
}

const kinds: { [Kind in ModelKind]: KindOfModel<Extract<TrainedModel, { kind: Kind }>> } = {
  network,
  tabm,
  constant,
  trees,
  ensemble,
};

export const kindOfModel = ({ kind }: TrainedModel): KindOfModel<TrainedModel> => kinds[kind];
export const kindsOfModels: KindOfModel<TrainedModel>[] = Object.values(kinds);
