import { type ArtifactOf } from '../../../../core/model/artifact.ts';
import { compileScorer, parseArtifact, sigmoid } from '../../../../core/model/scorer.ts';
import { decodeNumbers, encodeNumbers } from '../../../../core/model/numbers/weights.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { UserError } from '../../../../core/base/errors/errors.ts';
import assert from 'node:assert/strict';

/**
 * By hand. The first tree: x <= 2, or null, says 1; above, country de or null says 2, another 4. The second has one
 * leaf, 0.5.
 */
const anArtifact = (changes: Partial<ArtifactOf<'trees'>> = {}): ArtifactOf<'trees'> => ({
  format: 1,
  pipeline: 'fraud',
  revision: 'r1',
  trainingRun: 'fraud/training/2026-01-04T03:00Z',
  candidate: 'boosted',
  encodings: [
    { kind: 'value', column: 'x', usual: 1, range: [0, 9] },
    { kind: 'level', column: 'country', levels: ['nl', 'de', 'fr'] },
  ],
  kind: 'trees',
  output: 'sum',
  base: -1,
  splits: [2, 0],
  inputs: encodeNumbers(Uint16Array.of(0, 1)),
  nulls: encodeNumbers(Uint8Array.of(1, 2)),
  cuts: encodeNumbers(Float32Array.of(2, 0)),
  left: encodeNumbers(Int32Array.of(~0, ~1)),
  right: encodeNumbers(Int32Array.of(1, ~2)),
  sets: encodeNumbers(Uint32Array.of(0b101, 0, 0, 0, 0, 0, 0, 0)),
  leaves: encodeNumbers(Float64Array.of(1, 2, 4, 0.5)),
  probe: { rows: [{ x: 3, country: 'de' }], logits: [1.5] },
  trainedWith: { backend: 'none', epochs: 0, trees: 2, rows: 100, seconds: 1.5 },
  calibration: { slope: 1, intercept: 0 },
  threshold: 0.4,
  ...changes,
});
const roundTrip = (changes: Partial<ArtifactOf<'trees'>> = {}) => parseArtifact(JSON.stringify(anArtifact(changes)));

describe('a model of trees', () => {
  it('adds up the leaves that a row falls into', () => {
    const scorer = compileScorer(roundTrip());
    const logit = (x: number | null, country: string | null): number => scorer.logit({ x, country });
    assert.deepEqual([logit(2, 'fr'), logit(2.001, 'de'), logit(3, 'nl'), logit(3, 'fr')], [0.5, 1.5, 3.5, 3.5]);
    assert.deepEqual([logit(null, 'fr'), logit(3, null), logit(3, 'atlantis')], [0.5, 1.5, 1.5]);
    assert.equal(scorer.score({ x: 3, country: 'de' }), sigmoid(1.5));
  });

  it('whose sum is a share of positives answers its log odds, finite at the ends', () => {
    const changes: Partial<ArtifactOf<'trees'>> = {
      output: 'share',
      base: 0,
      probe: { rows: [{ x: 0 }], logits: [0] },
    };
    const leaves = encodeNumbers(Float64Array.of(0.5, 1, -3, 0));
    const scorer = compileScorer(roundTrip({ ...changes, leaves }));
    assert.equal(scorer.logit({ x: 0 }), 0);
    assert.ok(Math.abs(scorer.score({ x: 3, country: 'de' }) - 1) < 1e-8);
    assert.ok(scorer.logit({ x: 3, country: 'fr' }) < -20);
  });

  it('tells which columns moved a score from that of the usual row', () => {
    const explain = compileScorer(roundTrip()).explainer([['x'], ['country']]);
    const { typicalScore, effects } = explain({ x: 3, country: 'fr' });
    assert.equal(typicalScore, sigmoid(0.5));
    assert.ok(Math.abs(typicalScore + effects[0]! + effects[1]! - sigmoid(3.5)) < 1e-9);
    assert.deepEqual([...explain({ x: 1, country: 'nl' }).effects], [0, 0]);
  });

  describe('is refused, before any row could hang or crash the server, when', () => {
    const wrong: [string, Partial<ArtifactOf<'trees'>>, RegExp][] = [
      ['a child is its own parent', { right: encodeNumbers(Int32Array.of(0, ~2)) }, /tree 0: the children of split 0/],
      ['a child comes before its parent', { left: encodeNumbers(Int32Array.of(~0, 0)) }, /children of split 1/],
      ['a child is in another tree', { right: encodeNumbers(Int32Array.of(2, ~2)) }, /children of split 0/],
      ['a leaf is in another tree', { right: encodeNumbers(Int32Array.of(1, ~3)) }, /children of split 1/],
      ['two splits share a child', { right: encodeNumbers(Int32Array.of(1, ~1)) }, /children of split 1/],
      ['it splits by an input that no column has', { inputs: encodeNumbers(Uint16Array.of(0, 2)) }, /input 2, of 2/],
      ['a set is missing', { cuts: encodeNumbers(Float32Array.of(2, 1)) }, /no set 1/],
      ['a cut is not a number', { cuts: encodeNumbers(Float32Array.of(NaN, 0)) }, /a cut is not a number/],
      ['nulls go nowhere', { nulls: encodeNumbers(Uint8Array.of(3, 2)) }, /nulls go 3/],
      ['a leaf is not finite', { leaves: encodeNumbers(Float64Array.of(1, 2, Infinity, 0.5)) }, /a leaf is not/],
      ['leaves are missing', { leaves: encodeNumbers(Float64Array.of(1, 2, 4)) }, /3 leaves where 4 belong/],
      ['there are more splits than numbers', { splits: [2, 60_000] }, /2 inputs where 60002 belong/],
    ];
    for (const [what, changes, words] of wrong)
      it(what, () => {
        assert.throws(
          () => roundTrip(changes),
          (error) => error instanceof UserError && error.code === 'MODEL_INVALID' && words.test(error.message),
        );
      });

    it('any of its bytes are others, or it still scores', () => {
      const random = createRandom(3);
      for (let turn = 0; turn < 300; turn++) {
        const { left, right, cuts, nulls, inputs } = anArtifact();
        const fields = { left, right, cuts, nulls, inputs };
        const field = random.pick(Object.keys(fields) as (keyof typeof fields)[]);
        const bytes = decodeNumbers('Uint8Array', fields[field], atob(fields[field]).length);
        bytes[random.integer(bytes.length)] = random.integer(256);
        const probe = { rows: [{ x: 0 }], logits: [0.5] };
        try {
          const scorer = compileScorer(roundTrip({ [field]: encodeNumbers(bytes), probe }));
          for (const x of [0, 3, null]) assert.ok(Number.isFinite(scorer.logit({ x, country: 'fr' })));
        } catch (error) {
          assert.ok(error instanceof UserError && error.code === 'MODEL_INVALID', String(error));
        }
      }
    });
  });
});
