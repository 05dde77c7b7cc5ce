import { computations } from '../../../activities/steps/computations.ts';
import { intervalFor } from '../../../activities/training/intervals.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { type EstimateInterval } from '../../../core/model/calibration/interval.ts';
import { type SplitName } from '../../../core/training/training.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

describe('the rows that intervals of estimates are measured on', () => {
  /** Which splits were read, and how many rows counted. */
  async function measuredOn(trainedWith: Partial<TrainedModel['trainedWith']>) {
    const read: SplitName[] = [];
    const threads = {
      run: async (name: string, input: readonly unknown[]) =>
        (computations as Record<string, (...input: never[]) => unknown>)[name]!(...(input as never[])),
    };
    const rows = Float64Array.from({ length: 50 }, (_, row) => row);
    const scored = async (split: SplitName) => {
      read.push(split);
      return { labels: rows, times: rows, blocks: rows, scores: [rows.map((row) => row + (row % 3))] };
    };
    const model = { trainedWith } as TrainedModel;
    const activity = (): Promise<EstimateInterval | null> => intervalFor(threads as never, model, 0.9, scored);
    const interval = (await new MockActivityEnvironment().run(activity)) as EstimateInterval | null;
    return { read, rows: interval!.rows };
  }

  it('are of the selection and the calibration split', async () => {
    assert.deepEqual(await measuredOn({}), { read: ['selection', 'calibration'], rows: 100 });
  });

  it('are of the calibration split alone where the model has learnt from the selection split, too', async () => {
    assert.deepEqual(await measuredOn({ folds: 5 }), { read: ['calibration'], rows: 50 });
  });
});
