import { agreementOf, disagreement, judgedArtifact, refitInWords, refits } from '../../../core/training/refit.ts';
import { createRandom } from '../../../core/base/random.ts';
import { sigmoid } from '../../../core/model/scorer.ts';
import assert from 'node:assert/strict';

const random = createRandom(1);
const logits = Float64Array.from({ length: 2000 }, () => random.normal(-2, 1.2));
const labels = logits.map((logit) => (random.uniform() < sigmoid(logit) ? 1 : 0));
const judged = logits.map(sigmoid);
const agreement = (change: (logit: number, i: number) => number) =>
  agreementOf('binary', labels, judged, logits.map(change).map(sigmoid));

describe('a refitted model', () => {
  it('is made unless the declaration says no', () => {
    const asked = (refit?: boolean) => {
      const declared = { gates: { ...(refit !== undefined && { refit }) } };
      return refits(declared as unknown as Parameters<typeof refits>[0]);
    };
    assert.deepEqual([asked(), asked(true), asked(false)], [true, true, false]);
  });

  it('of classes is held against the judged one class by class', () => {
    const rows = 900;
    const three = (change: (logit: number, place: number) => number): Float64Array => {
      const drawn = createRandom('classes');
      const all = new Float64Array(3 * rows);
      for (let row = 0; row < rows; row++) {
        const powers = [0, 1, 2].map((place) => Math.exp(change(drawn.normal(0, 1.5), place)));
        const sum = powers.reduce((a, b) => a + b);
        for (const [place, power] of powers.entries()) all[3 * row + place] = power / sum;
      }
      return all;
    };
    const before = three((logit) => logit);
    const places = Float64Array.from({ length: rows }, (_, row) =>
      [0, 1, 2].reduce((best, place) => (before[3 * row + place]! > before[3 * row + best]! ? place : best)),
    );
    const reasonFor = (after: Float64Array) => disagreement(agreementOf('class', places, before, after));
    assert.equal(reasonFor(three((logit) => 1.1 * logit)), null);
    assert.match(reasonFor(three((logit, place) => logit + (place === 2 ? 1 : 0)))!, /its mean score lies/);
    assert.match(reasonFor(three((logit, place) => (place === 0 ? -logit : logit)))!, /correlate/);
  });

  it('serves when it says nearly the same of the holdout, and knows its rows no less well', () => {
    const learnt = agreement((logit, i) => logit + 0.3 * (labels[i]! - 0.12) + 0.1 * Math.sin(i));
    assert.equal(disagreement(learnt), null);
    assert.ok(learnt.loss.refitted < learnt.loss.judged);
    assert.equal(disagreement(agreement((logit) => logit)), null);
  });

  it('does not serve when it ranks rows otherwise', () => {
    const other = agreement((_, i) => logits[(i * 7) % 2000]!);
    assert.match(disagreement(other)!, /its scores correlate with the judged model's by .* less than 0\.8/);
  });

  it('does not serve when its scores are higher or lower throughout', () => {
    const message = /its mean score lies .* standard deviations from the judged model's, more than 0\.25/;
    assert.match(disagreement(agreement((logit) => logit + 0.5))!, message);
  });

  it('does not serve when it knows the rows worse that it has learnt from', () => {
    const worse = agreement((logit) => -2 + 1.6 * (logit + 2) - 0.5);
    assert.match(disagreement(worse)!, /its loss on the holdout, which it has learnt from, is /);
  });

  it('agrees with a model that says the same of all rows when it does, too', () => {
    const constant = new Float64Array(10).fill(0.2);
    const numbers = Float64Array.from({ length: 10 }, (_, i) => i / 10);
    assert.equal(disagreement(agreementOf('number', numbers, constant, constant)), null);
    assert.notEqual(disagreement(agreementOf('number', numbers, constant, numbers)), null);
  });

  it('agrees with a mean that moved a little, whose sum over the rows is rounded', () => {
    const labels = Float64Array.from({ length: 1000 }, (_, row) => 20 + 5 * Math.sin(row));
    const all = (...said: number[]) => Float64Array.from({ length: 1000 * said.length }, (_, i) => said[i % said.length]!);
    const agreement = agreementOf('number', labels, all(20.1), all(20.3));
    assert.deepEqual([disagreement(agreement), agreement.shift], [null, 0]);
    const classes = labels.map((_, row) => row % 3);
    assert.equal(disagreement(agreementOf('class', classes, all(0.2, 0.3, 0.5), all(0.21, 0.29, 0.5))), null);
  }); // prettier-ignore

  it('is held against a judged one whose estimates are large and differ little', () => {
    const large = Float64Array.from({ length: 1000 }, (_, row) => 1e9 + 0.1 * Math.sin(row));
    const other = large.map((_, row) => large[(row * 7) % 1000]!);
    assert.match(disagreement(agreementOf('number', large, large, other))!, /correlate/);
  });

  it('is compared with by the artifact that was judged', () => {
    const [serving, old] = [{ objectKey: 'new', sha256: 'a' }, { objectKey: 'old', sha256: 'b' }]; // prettier-ignore
    const refit = { outcome: 'refitted', rows: 9, seconds: 1, agreement: agreement((x) => x), ...serving } as const;
    assert.deepEqual(judgedArtifact({ ...serving, refit: { ...refit, judged: old } }), old);
    assert.deepEqual(judgedArtifact(serving), serving);
    assert.match(refitInWords(refit), /All numbers here are those of the judged model/);
  });
});
