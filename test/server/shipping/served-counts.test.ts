import { makeBinning, type Binning } from '../../../core/data/profiles/binning.ts';
import { type Prediction } from '../../../core/data/predictions/prediction-log.ts';
import { createCountKeeper } from '../../../server/shipping/served-counts.ts';
import { aPrediction } from '../fakes.ts';
import assert from 'node:assert/strict';

describe('the totals of what was served', () => {
  const binning = makeBinning({ amount: { kind: 'number', edges: [5] }, _score: { kind: 'number', edges: [0.5] } });
  const inBins = (of: Binning = binning) => new Map([['fraud', of]]);

  const read = (...predictions: Prediction[]) => ({ predictions, counts: [] });

  it('grow with each batch, by version and hour of event time, the score included', () => {
    const counts = createCountKeeper('one');
    counts.stage(read(aPrediction(), aPrediction({ time: '2026-03-01T13:00:00.000Z' })), inBins());
    counts.keep();
    const totals = counts.stage(read(aPrediction(), aPrediction({ version: 2, score: 0.1 })), inBins());
    assert.deepEqual(
      totals.map(({ version, hour, profile }) => [version, hour, profile.rows]),
      [
        [1, '2026-03-01T12:00:00.000Z', 2],
        [2, '2026-03-01T12:00:00.000Z', 1],
      ],
    );
    assert.deepEqual(totals[1]!.profile.columns['_score']!.counts, [1, 0]);
    assert.deepEqual(totals[0]!.profile.columns['amount']!.counts, [0, 2]);
  });

  it('continue under a new sequence after a transaction with an unknown end, so none is overwritten', () => {
    const counts = createCountKeeper('one');
    const [first] = counts.stage(read(aPrediction()), inBins());
    counts.keep();
    counts.stage(read(aPrediction()), inBins());
    counts.discard();
    const [next] = counts.stage(read(aPrediction()), inBins());
    assert.ok(next!.sequence > first!.sequence);
    assert.deepEqual([first!.profile.rows, next!.profile.rows], [1, 1]);
  });

  it('drop old hours, and count a late row of one under a new sequence', () => {
    const counts = createCountKeeper('one', 2);
    const at = (hour: number) => aPrediction({ time: `2026-03-01T0${hour}:00:00.000Z` });
    const [first] = counts.stage(read(at(1)), inBins());
    counts.keep();
    for (const hour of [2, 3]) {
      counts.stage(read(at(hour)), inBins());
      counts.keep();
    }
    const [late] = counts.stage(read(at(1)), inBins());
    assert.ok(late!.sequence > first!.sequence);
    assert.equal(late!.profile.rows, 1);
  });

  it('restart in a new binning, and skip a pipeline that has none', () => {
    const counts = createCountKeeper('one');
    counts.stage(read(aPrediction()), inBins());
    counts.keep();
    const other = makeBinning({ amount: { kind: 'number', edges: [1, 2, 3] } });
    const [total] = counts.stage(read(aPrediction(), aPrediction({ pipeline: 'churn' })), inBins(other));
    assert.deepEqual([total!.profile.binning, total!.profile.rows], [other.id, 1]);
  });

  it('are counted under an incarnation of their own in each process, which says whose they are', () => {
    const keys = [1, 2].map(() => createCountKeeper('one').stage(read(aPrediction()), inBins())[0]!.replica);
    assert.notEqual(keys[0], keys[1]);
    for (const key of keys) assert.match(key, /^one\/[0-9a-f-]{36}$/);
  });
});
