import { defineRecipe } from 'perennial';

/** Every kind of layer that a recipe may have. */
export default defineRecipe<{ units?: number }>({
  layers: (tf, { outputs, options: { units = 8 } }) => [
    tf.layers.batchNormalization({ momentum: 0.9 }),
    tf.layers.dense({ units, useBias: false, kernelRegularizer: tf.regularizers.l2({ l2: 1e-4 }) }),
    tf.layers.batchNormalization({ momentum: 0.9 }),
    tf.layers.activation({ activation: 'elu' }),
    tf.layers.dropout({ rate: 0.1 }),
    tf.layers.dense({ units, activation: 'tanh' }),
    tf.layers.batchNormalization({ momentum: 0.9 }),
    tf.layers.dense({ units: outputs }),
  ],
});
