import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { batched, batchesOf, named, type Recipe } from './recipe.ts';
import * as z from 'zod';

const USUAL_EPOCHS = 16;
const LEAST_STEPS = 800;

/** "recipes/wide.ts": from the declaration's folder down, the same path on every machine. */
const FILE = /^(?!.*(^|\/)\.)[^\\:\p{C}\u2028\u2029]+\.m?[tj]s$/su;

export const ownCandidate = strict({
  kind: z.literal('own'),
  ...named,
  file: z
    .string()
    .max(200)
    .refine(
      (file) => FILE.test(file) && !file.startsWith('/'),
      'name a .ts, .js or .mjs file beside the declaration or in a folder there, like "recipes/wide.ts"',
    ),
  /** Of the file's bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'it is missing: "perennial apply" reads the file and adds its SHA-256'),
  /** What the file's functions are given. */
  options: z.record(z.string(), z.json()).default({}),
  /** At most so many; small tables have more. */
  epochs: batched.epochs.unwrap().optional(),
  batchSize: batched.batchSize.unwrap().default(256),
  learningRate: batched.learningRate,
  decay: z.number().min(0).max(1).default(0),
});

/** Layers of a file of the pipeline's own, trained by TF.js as a network is. */
export const own: Recipe<z.infer<typeof ownCandidate>> = {
  labels: labelKinds,
  planOf: ({ file, sha256, options, epochs, decay, ...rest }) => ({
    kind: 'own',
    file,
    sha256,
    options,
    decay,
    schedule: 'cosine',
    patience: 6,
    style: 'robust',
    ...batchesOf({ ...rest, epochs: epochs ?? USUAL_EPOCHS }),
    leastSteps: epochs === undefined ? LEAST_STEPS : 0,
  }),
  space: null,
};
