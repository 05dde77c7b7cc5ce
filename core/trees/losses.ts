import { median } from '../base/median.ts';

/**
 * What boosting lowers: the gradient and the curvature of each row's loss, and the mean loss. Of classes, the numbers of
 * all rows for one class come before those for the next.
 */
export interface TreeLoss {
  /** Under which a checkpoint knows it again. */
  name: string;
  slopes(scores: Float64Array, labels: Float32Array, gradients: Float32Array, hessians: Float32Array): void;
  mean(scores: Float64Array, labels: Float32Array): number;
  /** The value of a leaf of rows with these labels less scores, which it may reorder; absent: what slopes make of it. */
  leafOf?(left: Float32Array): number;
}

/** Of log odds, for labels that are 0 or 1. */
export const logLoss: TreeLoss = {
  name: 'log',
  slopes(scores, labels, gradients, hessians) {
    for (let row = 0; row < labels.length; row++) {
      const share = 1 / (1 + Math.exp(-scores[row]!));
      gradients[row] = share - labels[row]!;
      hessians[row] = share * (1 - share);
    }
  },
  mean(scores, labels) {
    let sum = 0;
    for (let row = 0; row < labels.length; row++) {
      const score = scores[row]!;
      sum += Math.max(score, 0) - score * labels[row]! + Math.log1p(Math.exp(-Math.abs(score)));
    }
    return sum / labels.length;
  },
};

/** Half the squared error. */
export const squaredError: TreeLoss = {
  name: 'squared',
  slopes(scores, labels, gradients, hessians) {
    for (let row = 0; row < labels.length; row++) gradients[row] = scores[row]! - labels[row]!;
    hessians.fill(1, 0, labels.length);
  },
  mean(scores, labels) {
    let sum = 0;
    for (let row = 0; row < labels.length; row++) sum += (scores[row]! - labels[row]!) ** 2;
    return sum / 2 / labels.length;
  },
};

/**
 * The absolute error, which medians lower most: leaves are found by the direction of errors, and hold the median of what
 * is left of them. Friedman, "Greedy function approximation: a gradient boosting machine", 2001, algorithm 3.
 */
export const absoluteError: TreeLoss = {
  name: 'absolute',
  slopes(scores, labels, gradients, hessians) {
    for (let row = 0; row < labels.length; row++) gradients[row] = Math.sign(scores[row]! - labels[row]!);
    hessians.fill(1, 0, labels.length);
  },
  mean(scores, labels) {
    let sum = 0;
    for (let row = 0; row < labels.length; row++) sum += Math.abs(scores[row]! - labels[row]!);
    return sum / labels.length;
  },
  leafOf: median,
};

/** The same of trees that do not learn what others left: they look for rows of like size. */
export const absoluteErrorAlone: TreeLoss = { ...absoluteError, slopes: squaredError.slopes };

/**
 * Of the logits of classes: the softmax. The curvature is larger than its diagonal, since all classes move at once.
 * Friedman, "Greedy function approximation: a gradient boosting machine", 2001, algorithm 6.
 */
export function classLoss(classes: number): TreeLoss {
  const shares = new Float64Array(classes);
  const factor = classes / (classes - 1);
  /** Makes `shares` of a row's logits; returns the logarithm of the sum of their powers. */
  function share(scores: Float64Array, row: number, rows: number): number {
    let most = -Infinity;
    for (let at = row; at < scores.length; at += rows) most = Math.max(most, scores[at]!);
    let sum = 0;
    for (let place = 0; place < classes; place++) sum += shares[place] = Math.exp(scores[place * rows + row]! - most);
    for (let place = 0; place < classes; place++) shares[place]! /= sum;
    return most + Math.log(sum);
  }
  return {
    name: 'classes',
    slopes(scores, labels, gradients, hessians) {
      const rows = labels.length;
      for (let row = 0; row < rows; row++) {
        share(scores, row, rows);
        for (let place = 0; place < classes; place++) {
          const own = shares[place]!;
          gradients[place * rows + row] = own - Number(labels[row] === place);
          hessians[place * rows + row] = factor * own * (1 - own);
        }
      }
    },
    mean(scores, labels) {
      const rows = labels.length;
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += share(scores, row, rows) - scores[labels[row]! * rows + row]!;
      return sum / rows;
    },
  };
}

/** Half the squared error of each class's share. */
export const squaredShares = (classes: number): TreeLoss => ({
  name: 'shares',
  slopes(scores, labels, gradients, hessians) {
    const rows = labels.length;
    for (let place = 0; place < classes; place++)
      for (let row = 0; row < rows; row++)
        gradients[place * rows + row] = scores[place * rows + row]! - Number(labels[row] === place);
    hessians.fill(1, 0, classes * rows);
  },
  mean(scores, labels) {
    const rows = labels.length;
    let sum = 0;
    for (let place = 0; place < classes; place++)
      for (let row = 0; row < rows; row++) sum += (scores[place * rows + row]! - Number(labels[row] === place)) ** 2;
    return sum / 2 / rows;
  },
});
