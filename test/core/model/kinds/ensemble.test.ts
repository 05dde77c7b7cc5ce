import { classModels, models, rows } from '../../exports/models.ts';
import { type ArtifactOf, type ModelArtifact } from '../../../../core/model/artifact.ts';
import { memberOf } from '../../../../core/model/kinds/ensemble.ts';
import { compileScorer, parseArtifact, sigmoid, type Scorer } from '../../../../core/model/scorer.ts';
import { createEncoder, inputWidth } from '../../../../core/model/preprocessing.ts';
import { kindOfModel } from '../../../../core/model/kinds/kinds.ts';
import { type Row } from '../../../../core/data/data.ts';
import assert from 'node:assert/strict';

const ofClasses = models.ensemble['of classes'] as ArtifactOf<'ensemble'>;
const ofSeveral = classModels.ensemble['of several'] as ArtifactOf<'ensemble'>;
const ofNumbers = models.ensemble['of numbers'] as ArtifactOf<'ensemble'>;

/** What a member says of a row when it is compiled by itself, from its own encodings. */
function outputOf(model: ArtifactOf<'ensemble'>, place: number, row: Row): number {
  const member = memberOf(model, place);
  const { run, input } = kindOfModel(member).compile(member, inputWidth(member.encodings));
  createEncoder(member.encodings).row(row, input, 0);
  return run();
}
/** A member by itself, which is not calibrated. */
function scorerOf(model: ArtifactOf<'ensemble'>, place: number): Scorer {
  const member = memberOf(model, place);
  const { runAll, input } = kindOfModel(member).compile(member, inputWidth(member.encodings));
  createEncoder(member.encodings).row(rows[0]!, input, 0);
  const logits = new Float64Array(3);
  runAll!(logits);
  return compileScorer({ ...member, probe: { rows: [rows[0]!], logits: [...logits] } });
}
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a}, not ${b}`);

describe('an average of models', () => {
  it('averages probabilities, by weight', () => {
    const { logit } = compileScorer(ofClasses);
    for (const row of rows) {
      const mean = ofClasses.members.reduce(
        (sum, { weight }, i) => sum + weight * sigmoid(outputOf(ofClasses, i, row)),
        0,
      );
      close(sigmoid(logit(row)), mean);
    }
  });

  it('averages the probabilities of each class', () => {
    const { classes } = compileScorer(ofSeveral);
    const { slope } = ofSeveral.calibration;
    for (const row of rows) {
      const mean = new Float64Array(3);
      for (const [i, { weight }] of ofSeveral.members.entries())
        for (const [place, share] of scorerOf(ofSeveral, i).classes!.probabilities(row).entries())
          mean[place]! += weight * share;
      const sharpened = mean.map((share) => share ** slope);
      const sum = sharpened.reduce((all, each) => all + each, 0);
      for (const [place, share] of classes!.probabilities(row).entries()) close(share, sharpened[place]! / sum);
    }
  });

  it('averages estimates of a number', () => {
    const { score } = compileScorer(ofNumbers);
    const { slope, intercept } = ofNumbers.calibration;
    for (const row of rows) {
      const estimate = ofNumbers.members.reduce(
        (sum, { weight }, i) => sum + weight * (240.5 + 37 * outputOf(ofNumbers, i, row)),
        0,
      );
      close(score(row), slope * estimate + intercept);
    }
  });

  it('of one is that model, also of classes', () => {
    const alone = classModels.ensemble['of one'] as ArtifactOf<'ensemble'>;
    for (const row of rows) assert.equal(compileScorer(alone).logit(row), scorerOf(alone, 0).logit(row));
  });

  it('is refused where a member has no output for each class', () => {
    const probe = { rows: [rows[0]!], logits: [0, 0, 0] };
    const mixed = { ...ofClasses, classes: ['low', 'mid', 'high'], threshold: null, probe };
    assert.throws(() => parseArtifact(JSON.stringify(mixed)), {
      code: 'MODEL_INVALID',
      message: /members\.0: the last layer must be 3 linear units/,
    });
  });

  it('encodes a row once for all members that read it alike', () => {
    const apart = ofClasses.members.reduce((all, { reads }) => all + reads.length, 0);
    assert.ok(ofClasses.encodings.length < apart);
  });

  it('explains a score by columns, also where members encode a column in ways of their own', () => {
    const scorer = compileScorer(ofClasses);
    const columns = [...new Set(ofClasses.encodings.map(({ column }) => column))];
    const explain = scorer.explainer(columns.map((column) => [column]));
    for (const row of rows) {
      const { typicalScore, effects } = explain(row);
      const total = effects.reduce((sum, effect) => sum + effect, typicalScore);
      assert.ok(Math.abs(total - scorer.score(row)) < 1e-6, `${total}, not ${scorer.score(row)}`);
    }
  });

  const changed = (change: (model: ArtifactOf<'ensemble'>) => void): string => {
    const model = structuredClone(ofClasses);
    change(model);
    return JSON.stringify(model);
  };
  for (const [what, change, message] of [
    ['weights that are not 1 together', (m) => (m.members[0]!.weight = 0.1), /the weights add up to 0\./],
    ['an encoding that is not there', (m) => (m.members[1]!.reads[0] = 99), /members\.1: reads encoding 99, of/],
    ['a member that does not fit its encodings', (m) => m.members[0]!.reads.pop(), /members\.0: layers\.0: takes/],
    ['members without end', (m) => (m.members = Array.from({ length: 9 }, () => m.members[0]!)), /members/],
  ] as [string, (model: ArtifactOf<'ensemble'>) => void, RegExp][])
    it(`with ${what} is refused`, () => {
      assert.throws(() => parseArtifact(changed(change)), { code: 'MODEL_INVALID', message });
    });

  it('is refused when a member is not the one that training probed', () => {
    const other = structuredClone(ofClasses);
    const [first, second] = other.members;
    [first!.weight, second!.weight] = [second!.weight, first!.weight];
    assert.throws(() => compileScorer(parseArtifact(JSON.stringify(other)) as ModelArtifact), {
      code: 'MODEL_INVALID',
    });
  });
});
