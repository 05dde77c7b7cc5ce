import { modelCardJson } from '../../../reports/card/model-card-json.ts';
import { modelCard } from '../../../reports/card/model-card.ts';
import { aClassCard, aModelCard, aModelVersion, aNumberCard } from '../fixtures.ts';
import { isGolden, standsAlone, textOf } from '../golden.ts';
import { type OneClass } from '../../../core/metrics/class-measures.ts';
import assert from 'node:assert/strict';

describe('model card', () => {
  it('looks as it did', () => {
    const html = modelCard(aModelCard());
    standsAlone(html);
    isGolden('model-card', html);
  });

  it('speaks of estimates where the label is a number', () => {
    const html = modelCard(aNumberCard());
    standsAlone(html);
    isGolden('model-card-number', html);
    const page = textOf(html);
    assert.match(page, /Estimates &quot;demand&quot;/);
    assert.match(page, /Mean of the training labels 41\.2 standard deviation 12\.5/);
    assert.match(page, /Root mean squared error.*Mean absolute error.*R squared/);
    assert.match(page, /0\.31 on average and −0\.12 at the median.*Nine tenths of the rows lie between −6\.4 and 7\.2/);
    assert.match(
      page,
      /which is to hold 90.% of labels and did on 20,080 rows of the selection and calibration splits/,
    );
    assert.match(page, /On the holdout it held 89\.3.% \(95.% interval 87\.1.% to 91\.5.%\), and was 13\.4 wide/);
    assert.doesNotMatch(page, /too narrow/);
    for (const ofClasses of [/positive/i, /probability/i, /threshold had/i, /average precision/i])
      assert.doesNotMatch(page, ofClasses);
  });

  it('says that intervals are too narrow where they surely held fewer labels than they are to', () => {
    const card = aNumberCard();
    const { errors } = card.version.evaluation;
    errors!.coverage = { value: 0.81, low: 0.77, high: 0.85 };
    assert.match(textOf(modelCard(card)), /held 81\.0.%.*Errors have grown since, so it is too narrow/);
  });

  it('says on which rows the judged model got its intervals, if another trained again on all rows serves', () => {
    const { candidates, ...card } = aNumberCard();
    const inFolds = candidates.map((each) => ({ ...each, folds: 5 }));
    assert.match(textOf(modelCard({ ...card, candidates: inFolds })), /did on 20,080 rows of the calibration split\./);
  });

  it('shows by what a first model passed that its holdout could not judge', () => {
    const { version, ...card } = aNumberCard();
    const lead = { metric: 'rmse' as const, estimate: 6.8, low: -4.6, high: 18.2 };
    const leadOutOfFold = { ...lead, low: 1.2, high: 12.4, level: 0.99, rows: 168 };
    const evaluation = { ...version.evaluation, champion: null, difference: null, lead, leadOutOfFold };
    const page = textOf(modelCard({ ...card, version: { ...version, evaluation } }));
    assert.match(
      page,
      /a constant prediction.*4\.6000 to \+?18\.2000.*The same on 168 rows that folds scored.*99\.00.% interval \+?1\.2000 to/,
    );
    assert.match(page, /The holdout is too small to prove that it beats a constant prediction/);
  });

  it('tells of no intervals where the declaration wants none', () => {
    const { artifact, pipeline, ...card } = aNumberCard();
    const { interval: _interval, ...without } = artifact;
    const label = { ...pipeline.label, interval: 'none' as const };
    const page = textOf(
      modelCard({ ...card, artifact: without as typeof artifact, pipeline: { ...pipeline, label } as typeof pipeline }),
    );
    assert.match(page, /calibration kept apart from the others/);
    assert.doesNotMatch(page, /sets intervals|has an interval/);
  });

  it('tells of each class where the label is one of several', () => {
    const html = modelCard(aClassCard());
    standsAlone(html);
    isGolden('model-card-classes', html);
    const page = textOf(html);
    assert.match(page, /Answers one of 3 classes low, mid, high/);
    assert.match(page, /Rows Rarest class Its share .*calibration sets calibration 2026/);
    assert.match(page, /Class Rows Answered Precision Recall F1 low 7,000 7,020 0\.8547 0\.8571 0\.8559/);
    assert.match(page, /high 48 100 0\.0000 0\.0000 0\.0000/);
    assert.match(page, /low answered mid answered high answered low 6,000 900 100 mid 1,000 4,000 0 high 20 28 0/);
    assert.match(page, /The rarest class has 48 rows in the holdout/);
    for (const ofTwo of [/positive/i, /threshold/i, /Platt/, /Decides/, /training labels/]) assert.doesNotMatch(textOf(html.replace(/<template.*<\/template>/s, '')), ofTwo);
  }); // prettier-ignore

  it('numbers the classes of a sensitive label', () => {
    const html = modelCard(aClassCard({ sensitive: true, classes: ['sound', 'ailing', 'gravely ill'] }));
    assert.match(textOf(html), /class 1 7,000 7,020 .* class 3 48 100/);
    assert.doesNotMatch(html, /ailing|gravely/);
  });

  it('lists the commonest confusions where classes are too many for a table', () => {
    const classes = Array.from({ length: 12 }, (_, place) => `k${place}`);
    const card = aClassCard({ classes });
    const confusion = classes.flatMap((_, is) => classes.map((__, other) => (is === other ? 50 : is === 3 && other > 8 ? other : 0))); // prettier-ignore
    Object.assign(card.version.evaluation.challenger, { confusion });
    assert.match(textOf(modelCard(card)), /Class Answered Rows k3 k11 11 k3 k10 10 k3 k9 9 (?!k)/);
  });

  it('gives the rows, dates and positives of each split', () => {
    assert.match(
      textOf(modelCard(aModelCard())),
      /calibration sets calibration and threshold 2026-02-15 12:00 to 2026-02-18 09:00 UTC 8,033 98 1\.22 %/,
    );
  });

  it('names the columns that no model learns', () => {
    const card = aModelCard();
    const columns = { ...card.pipeline.columns, region: { kind: 'category', nulls: 0, feature: false } as const };
    const pipeline = { ...card.pipeline, columns };
    assert.match(
      textOf(modelCard({ ...card, pipeline })),
      /Kept to .* rows by, but learnt by no model: region\. Column/,
    );
    assert.doesNotMatch(textOf(modelCard(card)), /learnt by no model/);
  });

  it('shows a dash for unknown values', () => {
    const { trainingSet: _, cycle: __, ...card } = aModelCard();
    const page = textOf(modelCard(card));
    assert.match(page, /calibration sets calibration and threshold .*? UTC – – – holdout/);
    assert.match(page, /train fits the weights .*? UTC 48,210 – –/);
  });

  it('lists the candidates best first and marks the chosen one', () => {
    assert.match(textOf(modelCard(aModelCard())), /mlp-wide ✓ chosen 0\.6207 .* mlp-small 0\.6033 .* logistic 0\.4821/);
  });

  it('says which of the two models came from elsewhere, and may have seen the holdout', () => {
    const says = (card: { brought?: boolean; championBrought?: boolean }) => textOf(modelCard({ ...aModelCard(), ...card }));
    assert.match(says({}), /rows that neither model saw in training or selection/);
    assert.match(says({ brought: true }), /rows that this model, which came from elsewhere, may have seen/);
    assert.match(says({ championBrought: true }), /this model did not see .*; the champion, which came from elsewhere, may have/);
    assert.match(says({ brought: true, championBrought: true }), /rows that both models, which came from elsewhere, may have seen/);
  }); // prettier-ignore

  it('says so when there was no champion to compare with', () => {
    const { evaluation } = aModelVersion();
    const html = modelCard(aModelCard({ evaluation: { ...evaluation, champion: null, difference: null } }));
    standsAlone(html);
    assert.match(textOf(html), /There was no champion to compare with/);
    assert.match(textOf(html), /compared with a constant prediction/);
    assert.doesNotMatch(html, /Difference to the champion/);
  });

  it('says why a champion could not be compared with, and nowhere that there was none', () => {
    const { evaluation } = aModelVersion();
    const notCompared = { version: 1, why: 'it has learnt another kind of label' };
    const card = aModelCard({ evaluation: { ...evaluation, champion: null, difference: null, notCompared } });
    for (const told of [textOf(modelCard(card)), JSON.stringify(modelCardJson(card))]) {
      assert.match(told, /Champion v1 could not be compared with: it has learnt another kind of label\./);
      assert.doesNotMatch(told, /no champion/i);
    }
  });

  it('warns when the interval of the difference includes zero', () => {
    const { evaluation } = aModelVersion();
    const difference = { ...evaluation.difference!, low: -0.01 };
    assert.match(textOf(modelCard(aModelCard({ evaluation: { ...evaluation, difference } }))), /includes zero/);
    assert.doesNotMatch(textOf(modelCard(aModelCard())), /includes zero/);
  });

  it('shows the rows after the drift when drift led to the training', () => {
    const { evaluation } = aModelVersion();
    const { challenger, champion, difference } = evaluation;
    const afterDrift = { since: '2026-02-20T21:00:00.000Z', challenger, champion, difference };
    const html = modelCard(aModelCard({ evaluation: { ...evaluation, afterDrift } }));
    standsAlone(html);
    assert.match(textOf(html), /On the rows after the drift, since 2026-02-20 21:00 UTC/);
    assert.equal(html.match(/Difference to the champion/g)?.length, 2);
  });

  it('shows what else the version was held against, and what its intervals rest on', () => {
    const { evaluation, splits } = aModelVersion();
    const { champion, difference } = evaluation;
    const others = [{ metric: 'rocAuc' as const, estimate: -0.0123, low: -0.02, high: -0.005, level: 0.975 }];
    const ends = {
      train: '2026-02-11T00:00:00.000Z',
      selection: '2026-02-15T06:00:00.000Z',
      calibration: '2026-02-18T03:00:00.000Z',
    };
    const looks = { runs: ['fraud-2026-02-22'], before: 1, level: 0.975 };
    const html = modelCard({
      ...aModelCard({
        splits: { ...splits, ends },
        evaluation: {
          ...evaluation,
          others,
          looks,
          difference: { ...difference!, level: 0.975 },
          anchor: { version: 1, metrics: { ...champion!, averagePrecision: 0.5432 }, difference: difference! },
        },
      }),
      trainingSet: { ...aModelCard().trainingSet!, embargoed: 3_210 },
    });
    standsAlone(html);
    const page = textOf(html);
    assert.match(page, /the anchor, v1 .*0\.5432/);
    assert.match(page, /though 1 earlier training had been judged on some of them, so intervals are wider/);
    assert.match(page, /97\.50\u202f?.?% interval \+0\.0231 to \+0\.0988/);
    assert.match(page, /ROC AUC −0\.0123 −0\.0200 −0\.0050/);
    assert.match(page, /train fits the weights 2026-01-25 00:00 to 2026-02-11 00:00 UTC/);
    assert.match(page, /3,210 rows shortly before a later split/);
    assert.match(page, /embargo before its holdout is 6\.0 hours, less than the 7 days/);
  });

  it('counts the rows that the champion may have learnt from, which are in no split', () => {
    const card = aModelCard();
    const page = textOf(modelCard({ ...card, trainingSet: { ...card.trainingSet!, seen: 4_321 } }));
    assert.match(page, /4,321 rows that the champion may have learnt from are in no split either/);
    assert.doesNotMatch(page, /fewer of the old rows/);
    const aged = { ...card.pipeline, retraining: { ...card.pipeline.retraining, halfLife: '30 days' } };
    assert.match(
      textOf(modelCard({ ...card, pipeline: aged })),
      /fewer of the old rows: half as many with each 30 days of age/,
    );
  });

  it('names the version whose weights it started from', () => {
    const warm = { version: 12, candidate: 'mlp-from-v12', sha256: 'ef'.repeat(32), outcome: 'won' } as const;
    const page = textOf(modelCard(aModelCard({ warmStart: warm })));
    assert.match(page, /The best became this version\. It started from the weights of v12/);
    assert.match(page, /Started from v12, efef/);
    const lost = textOf(modelCard(aModelCard({ warmStart: { ...warm, outcome: 'lost' } })));
    assert.doesNotMatch(lost, /Started from v12/);
  });

  it('names the leaks of its training set among its limits', () => {
    const repeated = { kind: 'repeated', split: 'holdout', rows: 312, of: 1_500 } as const;
    const key = { kind: 'key', column: 'order_no', levels: 9_998, of: 10_000 } as const;
    const page = textOf(modelCard(aModelCard({ leaks: { found: [key, repeated], rows: 10_000 } })));
    assert.match(page, /Limits .*&quot;order_no&quot; is like a key: 9,998 values in 10,000 rows\. .*leave it out/);
    assert.match(page, /312 of 1,500 rows of the holdout split have in all columns the values of a row/);
  });

  it('shows the worst slice, and its intervals and chances', () => {
    const { evaluation } = aModelVersion();
    const slice = { rows: 900, positives: 40, value: 0.4321, low: 0.35, high: 0.51 };
    const toChampion = { estimate: -0.0456, low: -0.08, high: -0.01, chance: 0.2 };
    const list = [
      { ...slice, column: 'country', name: 'PL', toAll: { estimate: -0.1234, chance: 0.004 }, toChampion },
      { ...slice, column: 'amount', name: 'below 12', toAll: { estimate: 0.01, chance: 1 }, toChampion: null },
    ];
    const slices = { by: 'rocAuc' as const, looked: 31, small: 5, stride: 2, list };
    const html = modelCard(aModelCard({ evaluation: { ...evaluation, slices } }));
    standsAlone(html);
    const page = textOf(html);
    assert.match(
      page,
      /The worst slice is country PL: −0\.1234 on ROC AUC against all rows \(p 0\.004 after Holm&#39;s correction for 31 slices\)/,
    );
    assert.match(page, /29 less telling slices and 5 slices too small to tell are not shown\. One row in 2/);
    assert.match(page, /country PL 900 40 0\.4321 0\.3500 to 0\.5100 −0\.1234 0\.004 −0\.0456 −0\.0800 to −0\.0100/);
    assert.match(page, /amount below 12 .* \+0\.0100 1\.000 – –/);
    const declared = { ...list[1]!, column: 'hour and channel', name: 'night transfers', declared: true as const };
    const tooSmall = [{ column: 'amount', name: 'large sums', rows: 12, positives: 1 }];
    const named = textOf(modelCard(aModelCard({ evaluation: { ...evaluation, slices: { ...slices, list: [declared], tooSmall } } }))); // prettier-ignore
    assert.match(named, /night transfers declared, by hour and channel 900 40 0\.4321/);
    assert.match(named, /"large sums": too few rows to say \(12 rows, 1 positive\)/);
    const none = modelCard(aModelCard({ evaluation: { ...evaluation, slices: { ...slices, list: list.slice(1) } } }));
    assert.match(textOf(none), /No slice is surely worse than all rows/);
  });

  it('shows the groups that are compared, the largest gaps and their limits', () => {
    const { evaluation } = aModelVersion();
    const rates = [{ name: 'Called positive', value: 0.2, low: 0.15, high: 0.25 }];
    const gap = {
      measure: 'demographicParity' as const,
      difference: 0.1234,
      low: 0.02,
      high: 0.2,
      lower: 'PL',
      higher: 'DE',
    };
    const ratio = { value: 0.5, low: 0.3, high: 0.8 };
    const small = [{ name: 'Called positive', value: null, low: null, high: null }];
    const fairness = {
      threshold: 0.25,
      stride: 1,
      columns: [
        {
          column: 'country',
          others: 12,
          groups: [
            { name: 'DE', rows: 900, positives: 40, rates },
            { name: 'ES', rows: 9, positives: 1, rates: small },
          ],
          gaps: [{ ...gap, rate: 'share called positive', ratio, pairs: 3 }],
        },
        { column: 'device', others: 0, groups: [], gaps: [] },
      ],
    };
    const card = aModelCard({ evaluation: { ...evaluation, fairness } });
    const declared = { groups: ['country', 'device'], limits: { demographicParity: 0.1 } };
    const html = modelCard({ ...card, pipeline: { ...card.pipeline, fairness: declared } });
    standsAlone(html);
    const page = textOf(html);
    assert.match(page, /Rows count as positive from 25\.00 % on/);
    assert.match(page, /12 rows of other levels are in no group\. .* DE 900 40 0\.2000 0\.1500 to 0\.2500 ES 9 1 –/);
    assert.match(
      page,
      /Demographic parity share called positive PL and DE 0\.1234 0\.0200 to 0\.2000 0\.5000 0\.3000 to 0\.8000 0\.1000/,
    );
    assert.match(page, /Fewer than two groups by device have enough rows/);
  });

  it('shows what the threshold decides, how well that is known, and what other thresholds would do', () => {
    const { evaluation } = aModelVersion();
    const counts = { truePositives: 90, falsePositives: 60, falseNegatives: 59, trueNegatives: 11_839 };
    const decided = { counts, measures: { precision: { value: 0.6, low: 0.51, high: 0.69 } } };
    const points: [number, number][] = [[0, 1], [0.6, 0.6], [1, 0.01]]; // prettier-ignore
    const calibration: [number, number][] = [[0.001, 0.002], [0.02, 0.03], [0.41, 0.37]]; // prettier-ignore
    const measured = { microsecondsPerRow: 12.34, artifactBytes: 20_480, calibrationError: 0.0123 };
    const html = modelCard(
      aModelCard({
        evaluation: { ...evaluation, decided, curves: { roc: points, precisionRecall: points, calibration }, measured },
      }),
    );
    assert.match(
      textOf(html),
      /Scoring a row took 12\.3 microseconds, and the artifact has 20,480 bytes\. The calibration error is 0\.0123/,
    );
    assert.match(html, /ten groups of rows by score, both up to 0\.5000: 0\.0020 at 0\.0010, .*0\.3700 at 0\.4100\./);
    standsAlone(html);
    const page = textOf(html);
    assert.match(
      page,
      /From 24\.31 % on, of 149 positives on the holdout 90 are found, and of 11,899 negatives 60 are called positive/,
    );
    assert.match(page, /Precision 0\.6000 0\.5100 0\.6900/);
    assert.match(html, /aria-label="Precision over recall: average precision is 0\.6128, where chance has 0\.0124\."/);
    const errors = { smape: { value: 0.21, low: 0.2, high: 0.22 } };
    const numbers = modelCard(aModelCard({ evaluation: { ...evaluation, errors } }));
    assert.match(textOf(numbers), /Symmetric mean absolute percentage error 0\.2100 0\.2000 0\.2200/);
  });

  it('shows what each class lies between, with its curves, and how often the answer is right', () => {
    const { version, ...card } = aClassCard();
    const [interval, points]: [object, [number, number][]] = [{ value: 0.9, low: 0.81, high: 0.93 }, [[0, 0], [1, 0.2]]]; // prettier-ignore
    const one = { measures: { recall: interval }, curves: { roc: points, precisionRecall: points } } as OneClass;
    const classes = { each: [one, one, { measures: {} }], calibration: points };
    const measured = { microsecondsPerRow: 2, artifactBytes: 900, calibrationError: 0.02 };
    const html = modelCard({ ...card, version: { ...version, evaluation: { ...version.evaluation, classes, measured } } }); // prettier-ignore
    standsAlone(html);
    assert.match(textOf(html), /0\.8100 to 0\.9300.*Calibration.*ROC curve of low.*Precision and recall of mid/s);
    assert.doesNotMatch(textOf(html), /ROC curve of high/);
    assert.match(textOf(html), /The calibration error is 0\.0200: so far does the answer&#39;s probability lie/);
    assert.match(html, /ROC curve of low&quot;,&quot;image/);
    assert.match(html, /&quot;lower_bound&quot;:&quot;0\.81&quot;/);
  });

  it('shows how far a first version is above a constant prediction', () => {
    const { evaluation } = aModelVersion();
    const lead = { metric: 'averagePrecision' as const, estimate: 0.6, low: 0.55, high: 0.65 };
    const html = modelCard(aModelCard({ evaluation: { ...evaluation, champion: null, difference: null, lead } }));
    assert.match(
      textOf(html),
      /Difference to a constant prediction \+0\.6000 on average precision, 95.% interval \+0\.5500/,
    );
  });

  it('distinguishes a refusal from a pass in words', () => {
    const gate = { passed: false, outcome: 'refused' as const, reason: 'Worse than <the> champion.' };
    const html = modelCard(aModelCard({ gate, stage: 'candidate' }));
    assert.match(textOf(html), /refused by its gate/);
    assert.match(html, /Worse than &lt;the&gt; champion\./);
  });
});
