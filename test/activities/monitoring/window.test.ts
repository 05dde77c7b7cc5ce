import { windowsOf } from '../../../activities/monitoring/window.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { before, type Instant } from '../../../core/time/time.ts';
import { aPipeline } from '../../core/drift/drifting.ts';
import assert from 'node:assert/strict';

const TO = '2026-03-19T12:00:00.000Z';

/** How long the windows are of which a check takes the first with enough rows. */
function lengths(declared: Parameters<typeof aPipeline>[1], driftSince?: Instant): number[] {
  const { drift } = aPipeline({ amount: { kind: 'number' } }, declared);
  const evaluation = driftSince === undefined ? {} : { afterDrift: { since: driftSince } };
  const windows = windowsOf({ drift }, { from: before(TO, drift.window), to: TO }, { evaluation } as ModelVersion);
  return windows.map(({ from }) => (Date.parse(TO) - Date.parse(from)) / 3_600_000);
}

describe('the windows of a check', () => {
  it('double while they have too few rows, up to a week', () => {
    assert.deepEqual(lengths({}), [24, 48, 96, 168]);
    assert.deepEqual(lengths({ window: '14 days' }), [336]);
  });

  it('begin no earlier than the drift for which the champion was trained, unless declared so long', () => {
    assert.deepEqual(lengths({}, before(TO, '60 hours')), [24, 48, 60]);
    assert.deepEqual(lengths({}, before(TO, '10 hours')), [24]);
  });

  it('stay as short as declared where some hours are compared with the same hours', () => {
    assert.deepEqual(lengths({ window: '6 hours', sameHours: true }), [6]);
  });
});
