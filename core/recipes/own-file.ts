import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { OwnOptions } from './recipe.ts';
import type * as tfjs from '@tensorflow/tfjs';

type TensorFlow = typeof tfjs;

/** What the functions of a recipe's file are told. */
export interface RecipeTask<Options> {
  /** How many numbers a row has once it is encoded. */
  inputs: number;
  /** How many numbers the last layer gives: one, or one for each class. */
  outputs: number;
  label: LabelKind;
  /** As declared. */
  options: Options;
}

/** The default export of a recipe's file. */
export interface RecipeFile<Options = OwnOptions> {
  /**
   * New layers, the last of them linear: the logit, one for each class, or of a number how many deviations it is from
   * the mean. Take all of TF.js from `tf`.
   */
  layers(tf: TensorFlow, task: RecipeTask<Options>): tfjs.layers.Layer[];
  /**
   * The loss of each row of a batch, or their mean, from tensors of [rows, outputs] and [rows, 1]. Classes come as their
   * places. Without it: cross entropy, or for a number what the gate compares.
   */
  loss?(tf: TensorFlow, batch: RecipeTask<Options> & { predicted: tfjs.Tensor2D; labels: tfjs.Tensor2D }): tfjs.Tensor;
}

/** Checks a recipe's types as it is written. */
export const defineRecipe = <Options = OwnOptions>(recipe: RecipeFile<Options>): RecipeFile<Options> => recipe;
