/** What boosting lowers: the gradient and the curvature of each row's loss, and the mean loss. */
export interface TreeLoss {
  slopes(scores: Float64Array, labels: Float32Array, gradients: Float32Array, hessians: Float32Array): void;
  mean(scores: Float64Array, labels: Float32Array): number;
}

/** Of log odds, for labels that are 0 or 1. */
export const logLoss: TreeLoss = {
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
