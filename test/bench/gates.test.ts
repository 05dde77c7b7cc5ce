import { coverage } from '../../bench/gates.ts';
import { firstModels } from '../../bench/gates/first-models.ts';
import { creep, retries, trainings } from '../../bench/gates/trainings.ts';
import { averagePrecisionOf, draw, signalFor } from '../../bench/gates/worlds.ts';
import { createRandom } from '../../core/base/random.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import assert from 'node:assert/strict';

describe('the trainings of the benchmark', () => {
  it('have models that are as good as is said', () => {
    const share = 0.2;
    const signal = signalFor(0.6, share);
    assert.ok(Math.abs(averagePrecisionOf(signal, share) - 0.6) < 1e-6);
    const world = { blocks: 20_000, rowsPerBlock: 2, share, challenger: signal, champion: 0, shared: 0.5, luck: 0 };
    const { labels, challenger } = draw(world, createRandom('large'));
    assert.ok(Math.abs(metricsOf('binary', challenger, labels).averagePrecision! - 0.6) < 0.02);
  });

  it('promote what is better, and hardly ever what is worse by the margin', () => {
    assert.ok(trainings(30, 1_000, 0.06, false).promoted > 0.9);
    assert.ok(trainings(60, 300, -0.01, false).promoted < 0.15);
  });

  it('compare with what percentiles and a rule of thumb would say', () => {
    const { ours, peer } = coverage(3, 60);
    assert.ok(ours.covers > peer.covers, `${ours.covers} and ${peer.covers}`);
    const { promoted, thumb } = trainings(40, 100, -0.01, true);
    assert.ok(thumb! > promoted, `${thumb} and ${promoted}`);
  });

  it('count looks, and have an anchor', () => {
    const { counted, uncounted } = retries(40, 100);
    assert.ok(counted <= uncounted);
    const { anchored, free } = creep(2, 100);
    assert.ok(anchored >= 0 && free >= 0);
  });

  it('promote first models of few rows that know something, and not those that only know their days', async () => {
    const rows = { kind: 'number', rows: 350, share: 0 } as const;
    const known = await firstModels(10, { ...rows, signal: 0.8, drift: 0 });
    assert.ok(known.folds >= 0.8 && known.folds > known.alone, JSON.stringify(known));
    const drifting = await firstModels(20, { kind: 'binary', rows: 400, share: 0.3, signal: 0, drift: 1.5 });
    assert.ok(drifting.unchecked > drifting.folds && drifting.folds <= 0.1, JSON.stringify(drifting));
  });
});
