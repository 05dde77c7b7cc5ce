import type { ConstantModel } from '../artifact.ts';
import type { KindOfModel } from './kinds.ts';
import * as z from 'zod';

export const constant: KindOfModel<ConstantModel> = {
  parts: { kind: z.literal('constant'), output: z.number(), outputs: z.array(z.number()).optional() },
  problemOf: ({ outputs }, _inputs, wanted) =>
    (outputs?.length ?? 1) === wanted ? null : `${outputs?.length ?? 1} outputs where ${wanted} belong`,
  compile: ({ output, outputs = [output] }, inputs) => ({
    input: new Float32Array(inputs),
    additive: true,
    run: () => output,
    runAll: (into) => into.set(outputs),
  }),
};
