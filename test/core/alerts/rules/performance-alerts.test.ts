import { driftAlert } from '../../../../core/alerts/rules/drift-alert.ts';
import { estimateAlert, performanceAlert } from '../../../../core/alerts/rules/performance-alerts.ts';
import { findingsOf } from '../../../../core/drift/findings/index.ts';
import * as wordsOf from '../../../../core/performance/decay-words.ts';
import { type Verdict } from '../../../../core/drift/verdict.ts';
import { type Concept, type Shift } from '../../../../core/performance/decay.ts';
import { aPipeline } from '../../drift/drifting.ts';
import assert from 'node:assert/strict';

const { drift } = aPipeline({ a: { kind: 'number' } });
const [FROM, TO] = ['2026-03-01T00:00:00.000Z', '2026-03-08T00:00:00.000Z'];
const holds: Shift = { estimate: 0, low: -0.01, high: 0.01, live: 0.2, holdout: 0.2, bearable: 0.02 };
const rose: Shift = { ...holds, estimate: 0.2, low: 0.15, high: 0.25 };
const floor = { metric: 'averagePrecision', value: 0.3, low: 0.25, high: 0.35, floor: 0.4, isBelow: true } as const;
const concept = (changes: Partial<Concept>): Concept => ({
  kind: 'binary',
  decayed: true,
  from: FROM,
  to: TO,
  days: 7,
  rows: 1_234,
  loss: { live: 0.4, promised: 0.2, holdout: 0.2 },
  excess: holds,
  bias: holds,
  since: null,
  ...changes,
});
const verdict = (changes: Partial<Verdict>): Verdict =>
  ({
    id: 'v',
    pipeline: 'fraud',
    version: 3,
    asOf: TO,
    window: { from: FROM, to: TO },
    since: null,
    rows: { reference: 900, current: 900 },
    level: 'stable',
    share: 0,
    abstained: null,
    columns: [],
    score: null,
    performance: [],
    ...changes,
  }) as Verdict;

describe('the alert for performance', () => {
  it('says of a broken promise that it is one, and only of a floor that it is below it', () => {
    const fell = performanceAlert(verdict({ concept: concept({ excess: rose, floor }) }))!;
    assert.equal(fell.summary, 'fraud: v3 performs worse than it promised');
    assert.match(fell.detail, /log loss is 0\.4[^]*below the floor of 0\.4\. The comparison is at the same inputs/);
    const under = performanceAlert(verdict({ concept: concept({ floor }) }))!;
    assert.equal(under.summary, 'fraud: average precision is below its floor (v3)');
    assert.equal(under.severity, 'critical');
    assert.match(under.detail, /average precision is 0\.3 \(0\.25 to 0\.35\), below the floor of 0\.4\. At the same inputs it does what it promised/); // prettier-ignore
    assert.match(under.detail, /asks for a new model/);
    const errors = { ...floor, metric: 'rmse', floor: 0.2 } as const;
    assert.match(
      performanceAlert(verdict({ concept: concept({ floor: errors }) }))!.summary,
      /root mean squared error is above its floor/,
    );
  });

  it('warns of a floor that follows from the holdout, and asks for no model', () => {
    const passed = concept({ decayed: false, floor: { ...floor, derived: true } });
    const { severity, summary, detail } = performanceAlert(verdict({ concept: passed }))!;
    assert.deepEqual([severity, summary], ['warning', 'fraud: average precision is below its floor (v3)']);
    assert.match(
      detail,
      /the floor of 0\.4 that follows from its holdout\.[^]*asks for no model[^]*declare gates\.floor/,
    );
    const [found] = findingsOf(verdict({ concept: passed }), drift);
    assert.match(found!.says, /^Average precision is below its floor: on 1,234 labelled rows of 7 days/);
    assert.match(found!.follows, /^It alerts\. To have a model trained/);
    assert.equal(performanceAlert(verdict({ concept: concept({ decayed: false }) })), null);
  });
});

describe('what labels say where they show no fall', () => {
  const wide = { ...holds, estimate: 0.04, low: -0.1, high: 0.18, live: 0.24 };

  it('is that it holds only where a fall beyond what is bearable is ruled out', () => {
    assert.ok(wordsOf.holds(concept({ decayed: false })));
    for (const changes of [{ excess: wide }, { bias: wide }, { bias: { ...holds, low: -0.03 } }]) assert.ok(!wordsOf.holds(concept(changes))); // prettier-ignore
  });

  it('is what is measured and what was promised where they cannot tell', () => {
    assert.equal(
      wordsOf.unsureInWords(concept({ decayed: false, excess: wide })),
      'on 1,234 labelled rows of 7 days the log loss is 0.4, where the same inputs promised 0.2 (the difference surely lies between -0.1 and 0.18; 0.02 is bearable)',
    );
    assert.match(
      wordsOf.unsureInWords(concept({ decayed: false, bias: wide })),
      /days labels less scores are 0\.24 on average, which were 0\.2 on the holdout \(the difference surely/,
    );
    const under = performanceAlert(verdict({ concept: concept({ excess: wide, floor }) }))!;
    assert.match(under.detail, /Labels cannot tell yet whether these inputs are harder/);
  });
});

describe('what it costs', () => {
  const known = [{ version: 3, metrics: { rows: 9, positives: 1 }, value: { cost: 120.4, saved: 300 } }];
  const estimated = { rows: 9, withheld: null, metrics: {}, value: { cost: 1_343, saved: -100 } };
  const moved = {
    level: 'severe',
    columns: [{ column: 'a', kind: 'number', distances: {}, nullShare: { reference: 0, current: 0 }, mean: null, drifted: true, votes: true, weight: 1 }], // prettier-ignore
  } as const satisfies Partial<Verdict>;

  it('is told with drift: as estimated for the window, beside what it cost by the newest labels', () => {
    const told = (costs: Partial<Verdict>) => driftAlert(verdict({ ...moved, columns: [...moved.columns], ...costs }), drift)!.detail; // prettier-ignore
    assert.match(
      told({ performance: known, estimated }),
      /In this window, as estimated before its labels come, wrong decisions cost 1340 a day, deciding all rows alike 1240\. By the newest labels, wrong decisions cost 120 a day, deciding all rows alike 420\./,
    );
    assert.doesNotMatch(told({}), /cost/);
  });

  it('is told with a fall of performance', () => {
    const { detail } = performanceAlert(verdict({ concept: concept({ excess: rose }), performance: known }))!;
    assert.match(detail, /By the newest labels, wrong decisions cost 120 a day, deciding all rows alike 420\./);
  });
});

describe('the alert for a fall of a model that is wrong more often than right', () => {
  const detailOf = (rocAuc: number | null, rows = 2_000, positives = 500): string => {
    const performance = [{ version: 3, metrics: { rows, positives, rocAuc } }];
    return performanceAlert(verdict({ concept: concept({ excess: rose }), performance }))!.detail;
  };

  it('says that the label may mean the opposite, where that is no chance', () => {
    assert.match(detailOf(0.2806), /\nIts ROC AUC is 0\.281, worse than the 0\.5 of chance: look first whether the label has come to mean the opposite\.\nPerennial asks/); // prettier-ignore
    const performance = [{ version: 3, metrics: { rows: 2_000, positives: 500, rocAuc: 0.338 } }];
    const below = { ...floor, metric: 'rocAuc', value: 0.289 } as const;
    const one = performanceAlert(verdict({ concept: concept({ excess: rose, floor: below }), performance }))!.detail;
    assert.match(one, /ROC AUC is 0\.289 [^]*\nIts ROC AUC is 0\.289, worse/);
    assert.doesNotMatch(one, /0\.338/);
    for (const [rocAuc, rows, positives] of [[0.49], [0.7], [null], [0.28, 40, 5], [0.28, 40, 0]] as const)
      assert.doesNotMatch(detailOf(rocAuc, rows, positives), /opposite/);
  });
});

describe('the alert for estimates that are often wrong', () => {
  const wrong = (changes: Partial<Verdict>): string =>
    estimateAlert(verdict({ foretold: { days: 4, held: 0, error: 0.3 }, ...changes }))!.detail;
  const estimated = { rows: 900, withheld: null, metrics: { rocAuc: { value: 0.6931, low: 0.6, high: 0.7 } } };
  const labelled = { from: FROM, to: TO };
  const of = (version: number, rows: number) => ({ version, metrics: { rows, positives: 9, rocAuc: 0.2928 } });

  it('says what labels have shown meanwhile, also of the version before', () => {
    assert.match(
      wrong({ estimated, labelled, performance: [of(3, 73), of(2, 1544)] }),
      /no longer be so: from 2026-03-01T00:00Z to 2026-03-08T00:00Z labels of 1,544 rows give v2 ROC AUC 0\.293, where 0\.693 is estimated for the newest window\. Believe the labels\. No model/,
    );
  });

  it('asks to wait for labels where few have come', () => {
    for (const changes of [
      { estimated, labelled, performance: [of(3, 73)] },
      { estimated, performance: [] },
      { labelled, performance: [of(3, 900)] },
    ])
      // prettier-ignore
      assert.match(wrong(changes), /no longer be so; wait for labels before you rely on one\. No model/);
  });
});
