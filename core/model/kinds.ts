import type { ModelKind, TrainedModel } from './artifact.ts';
import { network } from './network.ts';
import type * as z from 'zod';

/** One kind of model: how it is written down, checked and scored. */
export interface KindOfModel<Model> {
  /** What an artifact of this kind has besides what all have. */
  parts: z.ZodRawShape & { kind: z.ZodLiteral<ModelKind> };
  /** What does not fit in a model that reads so many inputs; null when all fits. */
  problemOf(model: Model, inputs: number): string | null;
  /** Throws when its numbers cannot be read. */
  compile(model: Model): CompiledModel;
}

/** Writes of `input` come before each run, which tells the logit. */
export interface CompiledModel {
  input: Float32Array;
  run(): number;
}

const kinds: { [Kind in ModelKind]: KindOfModel<Extract<TrainedModel, { kind: Kind }>> } = { network };

export const kindOfModel = ({ kind }: TrainedModel): KindOfModel<TrainedModel> => kinds[kind];
export const kindsOfModels: KindOfModel<TrainedModel>[] = Object.values(kinds);
