import assert from 'node:assert/strict';
import { parsePipeline, parseStoredPipeline, toStore, type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { whenOf } from '../../../core/runs/schedules.ts';
import fraud from '../../../pipelines/fraud.ts';

/** The fraud declaration as a person might have got it wrong. */
function misdeclared(change: (pipeline: Record<string, Record<string, unknown>>) => void): string {
  const pipeline = structuredClone(fraud) as unknown as Record<string, Record<string, unknown>>;
  change(pipeline);
  try {
    parsePipeline(pipeline, 'pipelines/fraud.ts');
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.code, 'PIPELINE_INVALID');
    return error.message;
  }
  return 'it was accepted';
}

describe('a stored declaration', () => {
  const ref = { name: 'fraud', revision: 'r1' };

  it('is read without keys that only a newer release knows, at any depth', () => {
    const pipeline = parsePipeline(fraud, 'pipelines/fraud.ts');
    const newer = structuredClone(pipeline) as unknown as Record<string, object>;
    newer['ensembles'] = [];
    Object.assign(newer['drift']!, { alarm: 'sequential', ks: 0.3 });
    Object.assign((newer['columns'] as Record<string, object>)['amount']!, { unit: 'euro' });
    Object.assign((newer['candidates'] as object[])[0]!, { warmup: 3 });
    const before = structuredClone(newer);
    assert.deepEqual(parseStoredPipeline(newer, ref), { ...pipeline, drift: { ...pipeline.drift, ks: 0.3 } });
    assert.deepEqual(newer, before, 'what was given stays as it is');
  });

  it('is refused for anything wrong in it, and the error names it and what to do', () => {
    const wrong = { ...fraud, candidates: [{ kind: 'oracle' }], ensembles: [] };
    assert.throws(() => parseStoredPipeline(wrong, ref), {
      code: 'PIPELINE_INVALID',
      message: /^This release cannot read the stored revision r1 of fraud:\n  candidates\.0\.kind: .*\nIf a newer release stored it, update this process/, // prettier-ignore
    });
    assert.throws(() => parseStoredPipeline(null, ref), { code: 'PIPELINE_INVALID' });
  });

  it('says about hours what was declared, and is stored as earlier releases did where nothing was', () => {
    for (const [sameHours, stored] of [
      [undefined, false],
      [true, true],
      [false, 'never'],
    ] as const) {
      // prettier-ignore
      const pipeline = parsePipeline({ ...fraud, drift: { ...fraud.drift, ...(sameHours !== undefined && { sameHours }) } }, 'fraud.ts'); // prettier-ignore
      const kept = toStore(pipeline) as { drift: { sameHours: unknown } };
      assert.equal(kept.drift.sameHours, stored);
      assert.deepEqual(parseStoredPipeline(kept, ref), pipeline);
    }
  });
});

describe('parsePipeline', () => {
  it('names the file and lists every mistake on a line of its own', () => {
    const message = misdeclared((p) => {
      p['gates']!['metric'] = 'f1';
      p['source']!['key'] = 'transaction\tid';
    });
    const [first, ...problems] = message.split('\n');
    assert.equal(first, 'pipelines/fraud.ts is not a valid pipeline:');
    assert.equal(problems.length, 2);
    assert.match(message, /gates\.metric: write "averagePrecision", "rocAuc", .* \(got "f1"\)/);
    assert.match(message, /source\.key: write a name without control characters \(got "transaction\\tid"\)/);
  });

  it('lists the known keys for an unknown one, at any depth', () => {
    const message = misdeclared((p) => {
      delete p['schedules'];
      p['shedules'] = {};
      p['columns']!['amount'] = { kind: 'number', minimum: 0 };
    });
    assert.match(
      message,
      /\(top level\): unknown key "shedules"; supported keys are: name, .*schedules; did you mean "schedules"\?/,
    );
    assert.match(message, /columns\.amount: unknown key "minimum"; supported keys are: kind, min, max, nulls[^?]*$/m);
  });

  it('names what misspelt keys are near to, once, and nothing that is there already', () => {
    const message = misdeclared((p) => {
      delete p['schedules'];
      Object.assign(p, { colums: {}, shedules: {}, scedules: {} });
    });
    assert.match(message, /; did you mean "schedules"\?/);
    assert.doesNotMatch(message, /mean [^?]*"columns"/);
  });

  it('lists the known kinds for an unknown one, and the one that was meant', () => {
    const message = misdeclared((p) => {
      p['columns']!['amount'] = { kind: 'decimal' };
      p['candidates'] = [
        { kind: 'oracle', name: 'oracle' },
        { kind: 'bosted', name: 'trees' },
        { kind: 'boosted', leafs: 3 },
      ] as never;
    });
    assert.match(message, /columns\.amount\.kind: write "number", "category", "boolean" or "hour" \(got "decimal"\)/);
    assert.match(message, /candidates\.0\.kind: write "baseline", .* "ensemble" or "own" \(got "oracle"\)/);
    assert.match(message, /candidates\.1\.kind: .*; did you mean "boosted"\? \(got "bosted"\)/);
    assert.match(message, /candidates\.2: unknown key "leafs"; .*; did you mean "leaves"\?/);
  });

  it('tries what suits the label where no candidate is declared', () => {
    const { candidates: _, ...fewer } = fraud;
    const kindsFor = (changes: object): string[] =>
      parsePipeline({ ...fewer, ...changes }, 'pipelines/fraud.ts').candidates.map(({ kind }) => kind);
    assert.deepEqual(kindsFor({}), ['logistic', 'tabm', 'boosted', 'symmetric', 'ensemble']);
    const number = {
      label: { name: 'amount_back', kind: 'number' },
      gates: { metric: 'rmse', margin: 0 },
      expectations: {},
    };
    assert.deepEqual(kindsFor(number), ['linear', 'tabm', 'boosted', 'symmetric', 'ensemble']);
    const classes = {
      label: { name: 'urgency', kind: 'class', classes: ['low', 'mid', 'high'] },
      gates: { metric: 'logLoss', margin: 0 },
      expectations: {},
    };
    assert.deepEqual(kindsFor(classes), ['logistic', 'tabm', 'boosted', 'symmetric', 'ensemble']);
    assert.match(
      misdeclared((p) => (delete p['candidates'], (p['label'] = { name: 'is_fraud', kind: 'oracle' }))),
      /label\.kind: /,
    );
  });

  it('refuses an average of candidates that are not there, are averages themselves, or are too few', () => {
    const kinds = (...candidates: object[]) => misdeclared((p) => (p['candidates'] = candidates as never));
    const [mlp, boosted] = ['mlp', 'boosted'].map((kind) => ({ kind, name: kind }));
    const message = kinds(mlp!, boosted!, { kind: 'ensemble', name: 'both', members: ['mlp', 'mlp', 'ghost', 'both'] });
    assert.match(message, /candidates\.2\.members\.1: it is named twice/);
    assert.match(
      message,
      /candidates\.2\.members\.2: no candidate that can be averaged has this name; those are: mlp, boosted/,
    );
    assert.match(message, /candidates\.2\.members\.3: no candidate/);
    const alone = kinds(mlp!, { kind: 'baseline', name: 'baseline' }, { kind: 'ensemble', name: 'ensemble' });
    assert.match(alone, /candidates\.2: declare two other candidates at least, which it can average/);
  });

  it('takes the file of a recipe of its own only from the declaration down, with its hash and options in JSON', () => {
    const own = { kind: 'own', name: 'wide', file: 'recipes/wide.ts', sha256: '0'.repeat(64) };
    const said = (changes: object) => misdeclared((p) => (p['candidates'] = [{ ...own, ...changes }] as never));
    for (const file of ['/etc/wide.ts', '../wide.ts', 'a/../../wide.ts', './wide.ts', 'a/.b/wide.ts', '.wide.ts', 'c:\\wide.ts', 'wide.json', 'a/', 'a\n/../../data/wide.ts', 'a\u2028/../../wide.ts'])
      assert.match(said({ file }), /candidates\.0\.file: name a \.ts, \.js or \.mjs file beside the declaration/, file);
    assert.match(said({ sha256: '' }), /candidates\.0\.sha256: it is missing: "perennial apply" reads the file/);
    assert.match(said({ options: { loss: () => 1 } }), /candidates\.0\.options\.loss: /);
    const declared = { ...fraud, candidates: [{ ...own, options: { units: [8, 4] } }] };
    assert.deepEqual(parsePipeline(declared, 'pipelines/fraud.ts').candidates, [
      { ...own, options: { units: [8, 4] }, batchSize: 256, learningRate: 0.003, decay: 0 },
    ]);
  }); // prettier-ignore

  it('describes a part that is missing', () => {
    const message = misdeclared((p) => delete p['label']);
    assert.match(message, /label: write an object with at least the keys name \(it is missing\)/);
  });

  it('accepts any column name that a table can have, and distinguishes them', () => {
    const names = [
      'Amount',
      'home town',
      'say "hi"',
      'größe',
      '数量',
      '_key',
      '_label',
      '7',
      'constructor',
      'toString',
    ];
    const accepted = misdeclared((p) => {
      for (const name of names) p['columns']![name] = { kind: 'boolean' };
      p['drift']!['weights'] = { constructor: 2 };
    });
    assert.equal(accepted, 'it was accepted');
  });

  it('refuses names with another meaning in Perennial or JavaScript', () => {
    const column = { kind: 'boolean' };
    assert.match(
      misdeclared((p) => (p['columns']!['_score'] = column)),
      /columns\._score: Perennial counts the model's scores as _score/,
    );
    for (const columns of [
      { ['__proto__']: column, x: column },
      { __proto__: column, x: column },
    ])
      assert.match(
        misdeclared((p) => (p['columns'] = columns)),
        /columns\.__proto__: JavaScript reserves this name/,
      );
    assert.match(
      misdeclared((p) => (p['columns']!['a\nb'] = column)),
      /write a name without control characters/,
    );
  });

  for (const [what, wrong, expected] of [
    [
      'cron text',
      (p) => (p['schedules']!['data'] = '61 * * * *'),
      /schedules\.data: write five cron fields.*"61 \* \*/,
    ],
    ['a threshold above 1', (p) => (p['drift']!['severe'] = 1.2), /drift\.severe: .*from 0 to 1 \(got 1\.2\)/],
    [
      'a distance that a column cannot have',
      (p) => (p['drift']!['columns'] = { merchant_category: { ks: 0.1 } }),
      /drift\.columns\.merchant_category\.ks: KS does not apply to a column of kind category/,
    ],
    [
      'thresholds of no distance',
      (p) => (p['drift']!['columns'] = { amount: {} }),
      /drift\.columns\.amount: name a distance and its threshold/,
    ],
    [
      'a threshold below 0',
      (p) => (p['drift']!['psi'] = -0.1),
      /drift\.psi: write a threshold of 0 or more \(got -0\.1\)/,
    ],
    ['a threshold that is no number', (p) => (p['drift']!['ks'] = NaN), /drift\.ks: .*\(got NaN\)/],
    [
      'warn above severe',
      (p) => (p['drift']!['warn'] = 0.5),
      /drift\.warn: warn must not be above severe, which is 0\.3 \(got 0\.5\)/,
    ],
    [
      'splits beyond the whole',
      (p) => (p['splits']!['train'] = 0.9),
      /splits: the four shares add up to 1 .*"train":0\.9/,
    ],
    [
      'a group that is no column',
      (p) => (p['splits'] = { by: 'group', group: 'no_such' }),
      /splits\.group: no such column is read; .* no feature as source\.entity, or as a column with feature: false \(got "no_such"\)/,
    ],
    [
      'an embargo between splits that do not follow each other',
      (p) => (p['splits'] = { by: 'stratified', embargo: '1 day' }),
      /splits\.embargo: leave it out: with by: 'stratified' no split lies after another/,
    ],
    [
      'a leak that is allowed to no column',
      (p) => (p['expectations']!['leaks'] = { except: ['no_such'] }),
      /expectations\.leaks\.except\.0: no such column; columns are: .*\(got "no_such"\)/,
    ],
    [
      'a duration in words',
      (p) => (p['source']!['history'] = 'two weeks'),
      /source\.history: .*"7 days" \(got "two weeks"\)/,
    ],
    [
      'a partition of nothing',
      (p) => (p['source']!['partition'] = '0 days'),
      /source\.partition: write a duration above zero/,
    ],
    [
      'smallest above largest',
      (p) => (p['columns']!['amount'] = { kind: 'number', min: 5, max: 1 }),
      /amount\.min: min must/,
    ],
    [
      'a column with the name of a mark in the log',
      (p) => (p['columns']!['_named'] = { kind: 'boolean' }),
      /columns\._named: the log marks rows as _named/,
    ],
    ['no candidate', (p) => (p['candidates'] = [] as never), /candidates: declare a candidate/],
    [
      'an answer for absent labels',
      (p) => (p['label']!['whenAbsent'] = 2),
      /label\.whenAbsent: write 0 or 1 \(got 2\)/,
    ],
    [
      'a margin that no model can have',
      (p) => (p['gates']!['margin'] = 5),
      /gates\.margin: Average precision lies between 0 and 1, so no model is better by as much: write a smaller margin \(got 5\)/,
    ],
    [
      'a floor that no model can reach',
      (p) => (p['gates']!['floor'] = 2),
      /gates\.floor: Average precision lies between 0 and 1: write a floor that it can have \(got 2\)/,
    ],
    [
      'a misspelt metric',
      (p) => (p['gates']!['metric'] = 'rocAUCs'),
      /gates\.metric: write "averagePrecision", .* or "macroRocAuc"; did you mean "rocAuc"\?/,
    ],
    ['no row at all', (p) => (p['drift']!['minRows'] = 0), /drift\.minRows: write a number of 1 or more \(got 0\)/],
    ['a list of columns', (p) => (p['columns'] = [] as never), /columns: write an object \(got \[\]\)/],
    [
      'too many false alarms',
      (p) => (p['drift']!['falseAlarms'] = '1000 a year'),
      /drift\.falseAlarms: write how many false alarms are acceptable, 1 to 99 a year, month or week/,
    ],
    [
      'a share that warns above the severe one',
      (p) => Object.assign(p['drift']!, { warn: 0.9, severe: 0.05 }),
      /drift\.warn: warn must not be above severe, which is 0\.05 \(got 0\.9\)/,
    ],
    [
      'a weight of no column',
      (p) => (p['drift']!['weights'] = { toString: 2 }),
      /drift\.weights\.toString: no such column; columns are: amount/,
    ],
    [
      'a weight of the score',
      (p) => (p['drift']!['weights'] = { _score: 2 }),
      /drift\.weights\._score: declare 0 to take its vote from the score, or leave it out/,
    ],
  ] satisfies [string, (p: Record<string, Record<string, unknown>>) => unknown, RegExp][]) {
    it(`refuses ${what}, with the place, the value and what is allowed`, () => {
      assert.match(misdeclared(wrong), expected);
    });
  }

  it('refuses more partitions than one run takes, and states the number', () => {
    const cut = (partition: string) => misdeclared((p) => (p['source']!['partition'] = partition));
    assert.match(
      cut('10 minutes'),
      /source\.partition: .*2018 partitions.* at most 500\. Declare .*: '41 minutes' \(got "10 minutes"\)/,
    );
    assert.equal(cut('1 hour'), 'it was accepted');
  });

  it('refuses two candidates with the same name and points at the second', () => {
    const message = misdeclared((p) => {
      p['candidates'] = [
        { kind: 'mlp', name: 'deep' },
        { kind: 'logistic', name: 'deep' },
      ] as never;
    });
    assert.match(message, /candidates\.1\.name: another candidate is called "deep"/);
  });

  it('refuses a direction for a column that has none, or that there is not', () => {
    const monotonic = { amount: 'up', country: 'down', ghost: 'up' };
    const message = misdeclared((p) => (p['candidates'] = [{ kind: 'boosted', name: 'boosted', monotonic }] as never));
    assert.match(
      message,
      /candidates\.0\.monotonic\.country: leave it out: a column of kind category has no direction/,
    );
    assert.match(message, /candidates\.0\.monotonic\.ghost: no such column; columns are: amount, /);
    assert.doesNotMatch(message, /monotonic\.amount/);
  });

  it('refuses a last value that no column of numbers holds', () => {
    const of = (last: string, kind = 'number') =>
      misdeclared((p) => {
        p['label']!['kind'] = kind;
        p['candidates'] = [{ kind: 'baseline', name: 'last', last }] as never;
      });
    assert.match(of('ghost'), /candidates\.0\.last: no such column; columns are: amount, /);
    assert.match(of('country'), /candidates\.0\.last: a column of kind category holds no values of the label/);
    assert.match(of('amount', 'binary'), /candidates\.0\.last: leave it out: it applies only to labels of kind number/);
    assert.doesNotMatch(of('amount'), /candidates/);
    const recent = (p: Record<string, Record<string, unknown>>) =>
      void (p['candidates'] = [{ kind: 'baseline', name: 'recent', recent: '1 day' }] as never);
    assert.match(misdeclared(recent), /candidates\.0\.recent: leave it out: it applies only to labels of kind number/);
  });

  it('refuses a sensitive last value of a label whose estimates are shown', () => {
    const of = (hidden: boolean) =>
      misdeclared((p) => {
        Object.assign(p['label']!, { kind: 'number', sensitive: hidden });
        p['columns']!['amount'] = { kind: 'number', sensitive: true };
        p['candidates'] = [{ kind: 'baseline', name: 'last', last: 'amount' }] as never;
      });
    assert.match(of(false), /candidates\.0\.last: this column is sensitive, and each estimate would be its value/);
    assert.doesNotMatch(of(true), /candidates/);
  });

  it('refuses to learn from a column that is no feature, to ask for it, and to learn from nothing', () => {
    const message = misdeclared((p) => {
      Object.assign(p['columns']!['amount']!, { feature: false });
      p['candidates'] = [{ kind: 'boosted', name: 'boosted', monotonic: { amount: 'up' } }] as never;
      p['drift'] = { weights: { amount: 2 } };
      p['serving'] = { values: { columns: { amount: { missing: 'impute' } } } };
    });
    for (const path of [
      /candidates\.0\.monotonic\.amount/,
      /drift\.weights\.amount/,
      /serving\.values\.columns\.amount/,
    ])
      assert.match(message, new RegExp(`${path.source}: leave it out: with feature: false `));
    const last = misdeclared((p) => {
      Object.assign(p['columns']!['amount']!, { feature: false });
      p['label']!['kind'] = 'number';
      p['candidates'] = [{ kind: 'baseline', name: 'last', last: 'amount' }] as never;
    });
    assert.match(last, /candidates\.0\.last: leave it out: with feature: false no model learns from the column/);
    const none = misdeclared((p) => (p['columns'] = { amount: { kind: 'number', feature: false } }));
    assert.match(none, /columns: declare a feature: /);
    const hour = misdeclared((p) => Object.assign(p['columns']!['hour_of_day']!, { feature: false }));
    assert.match(hour, /columns\.hour_of_day: unknown key "feature"/);
  });

  it('refuses an automation about a column that no check names, and checks that could never find drift', () => {
    const waiting = (column: string, change: (p: Record<string, Record<string, unknown>>) => void = () => {}) =>
      misdeclared((p) => {
        p['automations'] = [{ name: 'x', on: { event: 'verdict', column }, do: { action: 'rollBack' } }] as never;
        change(p);
      });
    const at = /automations\.0\.on\.column: /.source;
    assert.match(waiting('nosuch'), new RegExp(`${at}no such column; columns are: amount, .*"nosuch"`));
    const stored = structuredClone(parsePipeline(fraud, 'pipelines/fraud.ts'));
    stored.automations = [{ name: 'x', on: { event: 'verdict', column: 'nosuch' }, do: { action: 'rollBack' } }];
    assert.deepEqual(parseStoredPipeline(stored, { name: 'fraud', revision: 'r1' }), stored, 'of an earlier release');
    for (const column of ['amount', '_score']) {
      assert.equal(waiting(column), 'it was accepted');
      const weightless = waiting(column, (p) => (p['drift']!['weights'] = { [column]: 0 }));
      assert.match(weightless, new RegExp(`${at}drift\\.weights takes its vote on drift from ${column}`));
    }
    const hour = waiting('hour', (p) => (p['columns']!['hour'] = { kind: 'hour' }));
    assert.match(hour, new RegExp(`${at}a column of kind hour has no vote on drift`));
    const unused = waiting('amount', (p) => Object.assign(p['columns']!['amount']!, { feature: false }));
    assert.match(unused, new RegExp(`${at}with feature: false`));

    const weightless = misdeclared(
      (p) => (p['drift']!['weights'] = Object.fromEntries(Object.keys(p['columns']!).map((name) => [name, 0]))),
    );
    assert.match(weightless, /drift\.weights: with 0 for every column no check finds drift/);
    const long = (of: string) => misdeclared((p) => Object.assign(p['drift']!, { of, window: '3000 days' }));
    assert.match(long('data'), /drift\.window: must not be longer than source\.history \(\d+ days\)/);
    assert.equal(long('requests'), 'it was accepted');
  });

  it('refuses the key, the time and the label as features', () => {
    for (const column of ['transaction_id', 'occurred_at', 'is_fraud']) {
      const message = misdeclared((p) => (p['columns']![column] = { kind: 'category' }));
      assert.match(message, new RegExp(`columns\\.${column}: the key, the time and the label cannot be features`));
    }
  });

  it('refuses to hide an entity that is not declared, but still reads such a declaration of an earlier release', () => {
    const without = (p: Record<string, Record<string, unknown>>): unknown => delete p['source']!['entity'];
    assert.match(misdeclared(without), /source\.sensitive\.0: the source has no entity: .*source\.entity/);
    const stored = structuredClone(parsePipeline(fraud, 'pipelines/fraud.ts'));
    delete stored.source.entity;
    assert.deepEqual(parseStoredPipeline(stored, { name: 'fraud', revision: 'r1' }), stored);
  });

  it('refuses a bound of the debounce below it, and a window of rows that are never extracted', () => {
    assert.match(
      misdeclared((p) => (p['retraining'] = { debounce: '2 hours', debounceAtMost: '1 hour' })),
      /retraining\.debounceAtMost: must not be shorter than debounce/,
    );
    assert.match(
      misdeclared((p) => (p['retraining'] = { window: '3000 days' })),
      /retraining\.window: must not be longer than source\.history \(\d+ days\)/,
    );
  });

  it('refuses a warm start of what has no weights, or where nothing tells which rows they know', () => {
    const said = (changes: object): string =>
      misdeclared((p) =>
        Object.assign(p, { retraining: { warmStart: true }, candidates: [{ kind: 'mlp', name: 'mlp' }], ...changes }),
      );
    assert.equal(said({}), 'it was accepted');
    assert.match(
      said({ candidates: [{ kind: 'boosted', name: 'boosted' }] }),
      /retraining\.warmStart: leave it out, or declare a candidate that has weights to start from: mlp or tabm/,
    );
    assert.match(said({ splits: { by: 'stratified' } }), /retraining\.warmStart: .*nothing tells which rows/);
    assert.match(said({ splits: { folds: 5 } }), /retraining\.warmStart: .*with splits\.folds/);
  });

  it('refuses a history in which no label could have matured', () => {
    assert.match(
      misdeclared((p) => (p['source']!['history'] = '7 days')),
      /source\.history: .*longer than label\.maturesAfter \(7 days\).*\(got "7 days"\)/,
    );
  });

  it("never repeats a password written in place of a variable's name", () => {
    for (const wrong of [
      (p: Record<string, Record<string, unknown>>) => (p['source']!['connection'] = 'postgres://me:hunter2@db/bank'),
      (p: Record<string, Record<string, unknown>>) =>
        (p['label']!['facts'] = { kind: 'postgres', connection: { env: 'host=db password=hunter2' } }),
      (p: Record<string, Record<string, unknown>>) => (p['source']!['table'] = 'postgres://me:hunter2@db/bank'),
    ]) {
      const message = misdeclared(wrong);
      assert.match(message, /(source|label\.facts)\.(connection|table)/);
      assert.doesNotMatch(message, /hunter2/);
    }
  });

  it('refuses settings for classes where the label is a number, and the reverse', () => {
    const ofNumber = misdeclared((p) => (p['label']!['kind'] = 'number'));
    assert.match(ofNumber, /gates\.metric: for a label of kind number write one of rmse, mae, r2/);
    assert.match(
      ofNumber,
      /candidates\.0\.kind: a label of kind number takes one of baseline, linear, mlp, tabm, boosted, symmetric, forest, ensemble, own \(got "logistic"\)/,
    );
    assert.match(ofNumber, /label\.whenAbsent: leave it out/);
    assert.match(ofNumber, /expectations\.labelShare: leave it out/);
    const ofClasses = misdeclared((p) => (p['gates']!['metric'] = 'rmse'));
    assert.match(ofClasses, /gates\.metric: for a label of kind binary write one of averagePrecision, rocAuc/);
    const interval = misdeclared((p) => (p['label']!['interval'] = 0.9));
    assert.match(interval, /label\.interval: leave it out: it applies only to labels of kind number/);
    assert.match(misdeclared((p) => (p['label']!['interval'] = 90)), /label\.interval: write a share from 0\.5 to 0\.99/); // prettier-ignore
  });

  it('refuses costs of classes that are not declared, of right answers, and of other labels', () => {
    const declared = (costs: unknown, metric = 'logLoss') =>
      misdeclared((p) => {
        Object.assign(p, {
          label: { name: 'urgency', kind: 'class', classes: ['low', 'mid', 'high'] },
          gates: { metric, margin: 0, costs },
          expectations: {},
        });
      });
    assert.equal(declared({ high: { low: 50, mid: 0, high: 0 } }), 'it was accepted');
    assert.match(
      declared({ hihg: { low: 1 } }),
      /gates\.costs\.hihg: "hihg" is none of label\.classes, low, mid, high; did you mean "high"\?/,
    );
    assert.match(declared({ high: { urgent: 1 } }), /gates\.costs\.high\.urgent: "urgent" is none of label\.classes/);
    assert.match(
      declared({ high: { high: 2 } }),
      /gates\.costs\.high\.high: leave it out: a right answer costs nothing/,
    );
    for (const cost of [-1, NaN, Infinity, '5'])
      assert.match(declared({ high: { low: cost } }), /gates\.costs\.high\.low: write a cost, a number from 0 up/);
    assert.match(declared([[0, 1]]), /gates\.costs: write \{ CLASS: \{ ANSWER: cost \} \}/);
    assert.match(
      declared({ high: { low: 0 }, mid: { low: 0 } }),
      /gates\.costs: answering "low" never costs anything, so every row would be/,
    );
    for (const metric of ['accuracy', 'macroF1'])
      assert.match(declared({ high: { low: 50 } }, metric), /gates\.metric: .* falls on purpose where costs choose the answer: judge by logLoss/); // prettier-ignore
    const ofBinary = misdeclared((p) => (p['gates']!['costs'] = { fraud: { fine: 2 } }));
    assert.match(ofBinary, /gates\.costs: for a label of kind binary write gates\.threshold: \{ costs/);
  });

  it('refuses a limit of the calibration error where the label is a number, which nothing would apply', () => {
    const limited = (p: Record<string, Record<string, unknown>>) => {
      p['gates']!['limits'] = { calibrationError: 0.02 };
    };
    assert.equal(misdeclared(limited), 'it was accepted');
    const message = misdeclared((p) => {
      limited(p);
      p['label']!['kind'] = 'number';
    });
    assert.match(
      message,
      /gates\.limits\.calibrationError: leave it out: it applies only to labels of kind binary and class/,
    );
  });

  it('refuses more than 50 slices, and reads what an earlier release stored with more', () => {
    const slices = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`slice ${i}`, { amount: { from: i } }]));
    assert.match(
      misdeclared((p) => (p['slices'] = slices)),
      /slices: 51 are declared; a pipeline has at most 50/,
    );
    const stored = { ...(toStore(parsePipeline(fraud, 'pipelines/fraud.ts')) as object), slices };
    assert.deepEqual(parseStoredPipeline(stored, { name: 'fraud', revision: 'r1' }).slices, slices);
  });

  it('refuses slices that no row can be in, and says why', () => {
    const declared = (conditions: object) => misdeclared((p) => (p['slices'] = { some: conditions }));
    assert.equal(
      declared({ hour_of_day: { from: 22, to: 6 }, country: ['DE', null], is_online: true }),
      'it was accepted',
    );
    for (const [conditions, problem] of [
      [{ colour: 'red' }, /slices\.some\.colour: no such column; columns are: amount/],
      [{ country: { from: 1 } }, /slices\.some\.country: leave the range out: a column of kind category has no order/],
      [{ is_online: 'yes' }, /slices\.some\.is_online: a column of kind boolean is true or false, or null/],
      [{ amount: { from: 30, to: 20 } }, /slices\.some\.amount: from must be below to/],
      [{ amount: {} }, /slices\.some\.amount: write from, to or both/],
      [{ amount: { above: 3 } }, /slices\.some\.amount: unknown key "above"; supported keys are: from, to/],
      [{}, /slices\.some: name a column/],
    ] as const)
      assert.match(declared(conditions), problem);
  });

  it('refuses groups that no rows can be in, and limits that nothing applies', () => {
    const declared = (fairness: object) => misdeclared((p) => (p['fairness'] = fairness as never));
    const groups = ['country', { column: 'account_age_days', cuts: [30, 365] }];
    const limits = { demographicParity: 0.1, calibration: 0.02 };
    assert.equal(declared({ groups, limits, whenUnclear: 'abstain' }), 'it was accepted');
    for (const [fairness, problem] of [
      [{ groups: [] }, /fairness\.groups: name a column/],
      [{ groups: ['age'] }, /fairness\.groups\.0: no such column; columns are: amount/],
      [
        { groups: ['amount'] },
        /fairness\.groups\.0: say where groups begin, like \{ column: 'amount', cuts: \[30, 50\] \}/,
      ],
      [{ groups: [{ column: 'country', cuts: [3] }] }, /leave the cuts out: a column of kind category has levels/],
      [{ groups: [{ column: 'amount', cuts: [5, 5] }] }, /fairness\.groups\.0\.cuts: write rising numbers/],
      [{ groups: ['country', 'country'] }, /fairness\.groups\.1: country is among the groups already/],
      [{ groups, limits: { meanError: 1 } }, /limits\.meanError: for a label of kind binary write demographicParity/],
      [{ groups, limits: { parity: 1 } }, /unknown key "parity"; supported keys are: demographicParity/],
    ] as const)
      assert.match(declared(fairness), problem);
  });

  it('refuses alerts per day where only rows with a fact are counted', () => {
    const perDay = (p: Record<string, Record<string, unknown>>) => {
      p['gates']!['threshold'] = { perDay: 20 };
    };
    assert.equal(misdeclared(perDay), 'it was accepted');
    const message = misdeclared((p) => {
      perDay(p);
      delete p['label']!['whenAbsent'];
    });
    assert.match(
      message,
      /gates\.threshold\.perDay: rows without a fact have no label.*declare label\.whenAbsent, or write/,
    );
  });

  it("reads cron texts by the clock of a zone, the loop's own or the pipeline's", () => {
    const declared = structuredClone(fraud);
    const schedules = {
      zone: 'Europe/Berlin',
      data: '@daily',
      prediction: { cron: '0 6 * * MON-FRI', zone: 'Asia/Tokyo' },
    };
    const pipeline = parsePipeline({ ...declared, schedules }, 'fraud.ts');
    assert.deepEqual(whenOf(pipeline, 'data'), { cron: '@daily', zone: 'Europe/Berlin' });
    assert.deepEqual(whenOf(pipeline, 'monitoring'), { cron: '0 * * * *', zone: 'Europe/Berlin' });
    assert.deepEqual(whenOf(pipeline, 'prediction'), { cron: '0 6 * * MON-FRI', zone: 'Asia/Tokyo' });
    assert.deepEqual(whenOf(pipeline, 'lifecycle'), null);
    assert.deepEqual(whenOf(parsePipeline(declared, 'fraud.ts'), 'data'), { cron: '0 2 * * *', zone: 'UTC' });
    assert.ok(!('zone' in parsePipeline(declared, 'fraud.ts').schedules), 'it would make a new revision');
  });

  it('suggests zones for a misspelt one, and names one where it is missing', () => {
    assert.match(
      misdeclared((p) => (p['notifications'] = { quiet: { from: '22:00', to: '07:00' } })),
      /notifications\.quiet\.zone: name a time zone, like "Europe\/Berlin" \(it is missing\)/,
    );
    assert.match(
      misdeclared((p) => (p['schedules'] = { zone: 'Europe/Berln' })),
      /^pipelines\/fraud\.ts .*\n +schedules\.zone: there is no such time zone; near are Europe\/Berlin, .* \(got "Europe\/Berln"\)$/,
    );
    assert.match(
      misdeclared((p) => (p['schedules']!['data'] = { cron: '0 2 * * *', zone: 'berlin' })),
      /schedules\.data\.zone: there is no such time zone; near are Europe\/Berlin, /,
    );
    assert.match(
      misdeclared((p) => (p['schedules']!['data'] = { cron: '0 25 * * *', zone: 'Europe/Berlin' })),
      /schedules\.data\.cron: write five cron fields/,
    );
    assert.match(
      misdeclared((p) => (p['schedules']!['data'] = { cron: '0 2 * * *' })),
      /schedules\.data: write .* or \{ cron, zone \}, or "off"/,
    );
  });

  it('schedules a loop when its declaration says when, and not when it says off', () => {
    const declared = structuredClone(fraud);
    const pipeline = parsePipeline({ ...declared, schedules: { data: 'off', lifecycle: '0 0 * * 6' } }, 'fraud.ts');
    assert.deepEqual([pipeline.schedules.data, pipeline.schedules.lifecycle], ['off', '0 0 * * 6']);
    assert.match(
      misdeclared((p) => (p['schedules']!['data'] = 'daily')),
      /schedules\.data: write five cron fields .*or "off" \(got "daily"\)/,
    );
  });

  it('refuses anything but an object', () => {
    for (const nothing of [undefined, null, 5, []])
      assert.throws(
        () => parsePipeline(nothing, 'empty.ts'),
        /empty\.ts is not .*\n.*write an object with (at least )?the keys name/,
      );
  });

  it('fills in defaults, and leaves the input unchanged', () => {
    const { splits: _splits, drift: _drift, ...rest } = fraud;
    const input: PipelineInput = structuredClone(rest);
    const pipeline = parsePipeline(input, 'pipelines/fraud.ts');
    assert.deepEqual(pipeline.splits, { train: 0.6, selection: 0.15, calibration: 0.1, holdout: 0.15 });
    assert.equal(pipeline.drift.severe, 0.3);
    assert.deepEqual(input, rest);
    assert.deepEqual(parsePipeline(pipeline, 'again'), pipeline);
  });
});
