import type { Pipeline } from '../declaration/pipeline.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import { metricKinds } from '../metrics/index.ts';
import { createScored, widthOf } from '../metrics/scored.ts';
import type { ModelVersion } from './training.ts';

/** An object in the store: its key and the hash of its bytes. */
interface Stored {
  objectKey: string;
  sha256: string;
}

/** What came of training the winner again on all its rows. */
export type Refit =
  | ({ outcome: 'refitted'; rows: number; seconds: number; agreement: Agreement } & Stored)
  | { outcome: 'kept'; reason: string; agreement?: Agreement };

/** With a version: the artifact that was judged, where another serves. */
export type RefitOfVersion = Refit & { judged: Stored };

/** Two models on the holdout's rows, which one of them has learnt from. */
export interface Agreement {
  /** Of the scores; of classes, of the probabilities of all, each class's from its own mean. */
  correlation: number;
  /** How far the mean score moved, in standard deviations of the judged model's scores; of classes the furthest. */
  shift: number;
  /** Log loss, or squared error. */
  loss: { judged: number; refitted: number };
}

/** Whether what passes its gate is trained again. */
export const refits = ({ gates }: Pick<Pipeline, 'gates'>): boolean => gates.refit !== false;

/** What a refitted model may differ by: more is another model than the one that was judged. */
const LEAST_CORRELATION = 0.8;
const MOST_SHIFT = 0.25;
/** A model has its rows learnt by heart a little; one that knows them less well than before has learnt badly. */
const WORSE_AT_MOST = 1.02;

/** Comparisons with a version are with the artifact that was judged: the other may have seen the rows. */
export const judgedArtifact = ({ refit, objectKey, sha256 }: Pick<ModelVersion, 'refit' | 'objectKey' | 'sha256'>) =>
  refit?.judged ?? { objectKey, sha256 };

/** How far a refitted model agrees with the judged one on rows of the holdout. */
export function agreementOf(
  kind: LabelKind,
  labels: Float64Array,
  judged: Float64Array,
  refitted: Float64Array,
): Agreement {
  const width = kind === 'class' ? widthOf(judged, labels) : 1;
  const [before, after] = [moments(judged, width), moments(refitted, width)];
  let product = 0;
  for (let i = 0; i < judged.length; i++)
    product += (judged[i]! - before.means[i % width]!) * (refitted[i]! - after.means[i % width]!);
  const spread = Math.sqrt(before.squares * after.squares);
  const metric = metricKinds[kind === 'number' ? 'rmse' : 'logLoss'];
  const lossOf = (scores: Float64Array): number => {
    const loss = metric.of(createScored(scores, labels)) ?? 0;
    return kind === 'number' ? loss ** 2 : loss;
  };
  const shifts = before.means.map((mean, place) => {
    const deviation = Math.sqrt(before.squaresOf[place]! / Math.max(1, labels.length));
    return deviation > 0 ? (after.means[place]! - mean) / deviation : 0;
  });
  return {
    // Two models that say the same of all rows agree.
    correlation: spread > 0 ? product / spread : Number(before.squares === after.squares),
    shift: shifts.reduce((most, shift) => (Math.abs(shift) > Math.abs(most) ? shift : most)),
    loss: { judged: lossOf(judged), refitted: lossOf(refitted) },
  };
}

/** Why a refitted model does not serve; null: it does. */
export function disagreement({ correlation, shift, loss }: Agreement): string | null {
  if (!(correlation >= LEAST_CORRELATION))
    return `its scores correlate with the judged model's by ${correlation.toFixed(2)}, which is less than ${LEAST_CORRELATION}`;
  if (!(Math.abs(shift) <= MOST_SHIFT))
    return `its mean score lies ${Math.abs(shift).toFixed(2)} standard deviations from the judged model's, more than ${MOST_SHIFT}`;
  if (!(loss.refitted <= WORSE_AT_MOST * loss.judged))
    return (
      `its loss on the holdout, which it has learnt from, is ${loss.refitted.toPrecision(4)}, and that of the judged ` +
      `model ${loss.judged.toPrecision(4)}`
    );
  return null;
}

/** Why the judged model serves: training it again failed. */
export const failedInWords = (message: string): string => `that failed: ${message.replace(/\.$/, '')}`;

/** For cards and screens: which artifact serves, and whose numbers are shown. */
export function refitInWords(refit: Refit): string {
  if (refit.outcome === 'kept')
    return `The judged model serves. It was to be trained again on all rows, but ${refit.reason}.`;
  const { correlation, shift } = refit.agreement;
  return (
    `The model that serves was trained again, the same way, on all ${refit.rows.toLocaleString('en-US')} rows, the holdout's among them. ` +
    'All numbers here are those of the judged model, which had not seen the holdout. On these rows the scores of both ' +
    `correlate by ${correlation.toFixed(3)}, and their means differ by ${Math.abs(shift).toFixed(3)} standard deviations.`
  );
}

/** Of each class's numbers, or of all. */
function moments(numbers: Float64Array, width: number): { means: number[]; squaresOf: number[]; squares: number } {
  const rows = Math.max(1, numbers.length / width);
  const [means, squaresOf] = [new Array<number>(width).fill(0), new Array<number>(width).fill(0)];
  // From the first row on: numbers that are all the same have this mean to the last digit, and no squares.
  for (const [i, number] of numbers.entries()) means[i % width]! += number - numbers[i % width]!;
  for (let place = 0; place < width; place++) means[place] = (numbers[place] ?? 0) + means[place]! / rows;
  for (const [i, number] of numbers.entries()) squaresOf[i % width]! += (number - means[i % width]!) ** 2;
  return { means, squaresOf, squares: squaresOf.reduce((sum, each) => sum + each, 0) };
}
