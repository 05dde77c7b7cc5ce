import { expectedShiftOf } from '../../../../core/rollout/evidence/expected-shift.ts';
import { type Refit } from '../../../../core/training/refit.ts';
import assert from 'node:assert/strict';

describe('the shift of scores that a rollout expects', () => {
  const loss = { judged: 0.1, refitted: 0.1 };
  const movedBy = (shift: number): { refit: Refit } => ({
    refit: { outcome: 'refitted', rows: 9, seconds: 1, objectKey: 'a', sha256: 'b', agreement: { correlation: 1, shift, loss } }, // prettier-ignore
  });
  const evaluation = { scoreShift: -0.05 };

  it('is what the gate saw', () => assert.equal(expectedShiftOf({ evaluation }, {}), -0.05));

  it('counts what both versions moved by when they were trained again', () => {
    assert.ok(Math.abs(expectedShiftOf({ evaluation, ...movedBy(-0.1) }, movedBy(0.05)) - -0.2) < 1e-12);
  });

  it('counts no model that was kept as it was', () => {
    const kept = { refit: { outcome: 'kept', reason: 'no', agreement: { correlation: 0, shift: 9, loss } } } as const;
    assert.equal(expectedShiftOf({ evaluation, ...kept }, kept), -0.05);
  });

  it('is none where the gate compared with nothing', () => assert.equal(expectedShiftOf({ evaluation: {} }, {}), 0));
});
