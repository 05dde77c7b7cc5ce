import { type ModelCard } from '../../reports/card/model-card.ts';
import { aModelVersion } from '../reports/fixtures.ts';
import { comparisonOf } from '../../core/training/versions/comparison.ts';
import { type VersionDetails } from '../../operations/index.ts';
import { aComparedVersion } from '../core/training/compared.ts';
import { aClassCard, aModelCard } from '../reports/fixtures.ts';
import { ada } from '../support/asked.ts';
import { portsOfClasses, PREDICTION, whatIfPorts } from '../support/what-if.ts';
import { createDoor } from '../../operations/door.ts';
import { createWhatIf } from '../../operations/what-if.ts';
import { perennial } from '../support/fake-operations.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

describe('perennial models export', () => {
  const folder = folderPerTest();
  const file = (name: string) => ({ name, bytes: Buffer.from(name) });

  function asking(...names: string[]) {
    const asked: object[] = [];
    const operations = {
      models: { export: async (given: object) => (asked.push(given), { version: 3, files: names.map(file) }) },
    };
    return { asked, run: (...line: string[]) => perennial(['models', 'export', ...line], operations) };
  }

  it('writes one file to the path that --out names, making its folders', async () => {
    const { asked, run } = asking('fraud-v3.onnx');
    const out = join(folder(), 'new/fraud.onnx');
    const { code, out: said } = await run('fraud', '--as', 'onnx', '--out', out);
    assert.equal(code, 0);
    assert.deepEqual(asked, [{ pipeline: 'fraud', version: undefined, format: 'onnx' }]);
    assert.equal(readFileSync(out, 'utf8'), 'fraud-v3.onnx');
    assert.equal(said, `Wrote v3 of fraud as ${out} (takes raw columns). How to use it: docs/models-elsewhere.md\n`);
  });

  it('writes it under its own name where a folder is there', async () => {
    const { asked, run } = asking('fraud-v3.json');
    const { out } = await run('fraud', 'v3', '--as', 'json', '--out', folder(), '--json');
    assert.deepEqual(asked, [{ pipeline: 'fraud', version: 3, format: 'json' }]);
    const files = [join(folder(), 'fraud-v3.json')];
    assert.deepEqual(JSON.parse(out), { pipeline: 'fraud', version: 3, format: 'json', files });
    assert.deepEqual(readdirSync(folder()), ['fraud-v3.json']);
  });

  it('writes several files into a folder', async () => {
    const out = join(folder(), 'fraud-tfjs');
    await asking('model.json', 'weights.bin').run('fraud', '--as', 'tfjs', '--out', out);
    assert.deepEqual(readdirSync(out).sort(), ['model.json', 'weights.bin']);
  });

  it('says where it could not write, and which formats there are', async () => {
    writeFileSync(join(folder(), 'file'), '');
    const { run } = asking('fraud-v3.json');
    const blocked = await run('fraud', '--as', 'json', '--out', join(folder(), 'file/fraud.json'));
    assert.equal(blocked.code, 1);
    assert.match(blocked.err, /file\/fraud\.json cannot be written: .*Choose another --out\.$/m);
    const wrong = await run('fraud', '--as', 'pickle', '--out', 'x');
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Allowed choices are tfjs, onnx, json/);
  });
});

describe('perennial models card', () => {
  const operations = {
    reports: {
      card: async (pipeline: string, version: number) => ({ schema_version: '0.0.2', pipeline, version }),
      stored: async (...asked: string[]) => `<html>${asked.join(' ')}</html>`,
    },
  };

  it('writes JSON, or the page', async () => {
    const json = await perennial(['models', 'card', 'fraud', 'v3'], operations);
    assert.deepEqual(JSON.parse(json.out), { schema_version: '0.0.2', pipeline: 'fraud', version: 3 });
    const page = await perennial(['models', 'card', 'fraud', 'v3', '--as', 'html'], operations);
    assert.equal(page.out, '<html>fraud models 3</html>\n');
  });
});

describe('perennial models show', () => {
  const shown = async (insight: VersionDetails['insight']) => {
    const { version, pipeline: declaration, candidates } = aModelCard();
    const overview = { version: async () => ({ version, declaration, candidates, traffic: null, insight }) };
    return perennial(['models', 'show', 'fraud', 'v4'], { overview });
  };

  it('tells the metrics, the gate, and how much is lost without each column', async () => {
    const { code, out } = await shown(aModelCard().insight!);
    assert.equal(code, 0);
    assert.match(out, /^version +v4$/m);
    assert.match(out, /^What it goes by: average precision, 0\.6114 on 6,024 of 12,048 holdout rows/m);
    assert.match(out, /^amount +0\.2913 +0\.2511 to 0\.3315 +#{20}$/m);
    assert.match(out, /^balance +-0\.0004 .*[^#]$/m);
    assert.match(out, /^Not shuffled, since they move scores less: device$/m);
  });

  it('tells what the version itself shows where this release cannot read its declaration', async () => {
    const { version, candidates } = aModelCard();
    const overview = {
      version: async () => ({ version, declaration: null, candidates, traffic: null, insight: null }),
    };
    const { code, out } = await perennial(['models', 'show', 'fraud', 'v4'], { overview });
    assert.equal(code, 0);
    assert.match(out, /^average precision +0\./im);
  });

  const told = async (card: Pick<ModelCard, 'version' | 'pipeline' | 'candidates'>): Promise<string> => {
    const { version, pipeline: declaration, candidates } = card;
    const overview = { version: async () => ({ version, declaration, candidates, traffic: null, insight: null }) };
    return (await perennial(['models', 'show', 'fraud', 'v4'], { overview })).out;
  };

  it('tells what decisions cost, on the holdout, by labels and without them, where costs are declared', async () => {
    const { version, pipeline, candidates } = aModelCard();
    const counts = { truePositives: 60, falsePositives: 40, falseNegatives: 20, trueNegatives: 1_880 };
    const costly: ModelCard['pipeline'] = {
      ...pipeline,
      gates: { ...pipeline.gates, threshold: { costs: { falsePositive: 5, falseNegative: 100 } } },
    };
    const metrics = version.evaluation.challenger;
    const details = {
      version: { ...version, evaluation: { ...version.evaluation, decided: { counts, measures: {} } } },
      candidates,
      traffic: null,
      insight: null,
      live: {
        asOf: '2026-03-10T00:00:00.000Z',
        performance: { version: 4, metrics, value: { cost: 120, saved: 180 } },
        estimated: { rows: 900, withheld: null, metrics: {}, value: { cost: 130, saved: 150 } },
      },
    };
    const tell = async (declaration: ModelCard['pipeline']): Promise<string> =>
      (await perennial(['models', 'show', 'fraud', 'v4'], { overview: { version: async () => ({ ...details, declaration }) } })).out; // prettier-ignore
    const out = await tell(costly);
    assert.match(out, /^Cost on the holdout +wrong decisions cost 1100 per 1,000 rows, deciding all rows alike 4000$/m);
    assert.match(out, /^Cost by labels +wrong decisions cost 120 a day, deciding all rows alike 300$/m);
    assert.match(out, /^Cost, estimated +wrong decisions cost 130 a day, .* 280; assumes no concept drift$/m);
    assert.doesNotMatch(await tell(pipeline), /Cost on the holdout/);
    const { version: ofClasses, pipeline: classes } = aClassCard();
    const declaration = { ...classes, gates: { ...classes.gates, costs: { high: { low: 50 } } } };
    const overview = { version: async () => ({ version: ofClasses, declaration, candidates, traffic: null, insight: null }) }; // prettier-ignore
    assert.match(
      (await perennial(['models', 'show', 'urgency', 'v4'], { overview })).out,
      /^Cost on the holdout +wrong decisions cost 251 per 1,000 rows, deciding all rows alike 585$/m,
    );
  });

  it('tells measures with their intervals, the floor, the calibration and the worst slices', async () => {
    const card = aModelCard();
    const slice = { column: 'country', rows: 900, positives: 40, value: 0.4, low: 0.31, high: 0.5, toChampion: null };
    const list = [
      { ...slice, name: 'PL', toAll: { estimate: -0.12, chance: 0.001 } },
      { ...slice, name: 'abroad', declared: true as const, toAll: { estimate: 0.01, chance: 1 } },
    ];
    const evaluation = {
      ...card.version.evaluation,
      intervals: { averagePrecision: { low: 0.55, high: 0.67 } },
      lead: { metric: 'averagePrecision' as const, estimate: 0.6, low: 0.5, high: 0.7 },
      measured: { microsecondsPerRow: 3, artifactBytes: 900, calibrationError: 0.0123 },
      slices: { by: 'rocAuc' as const, looked: 12, small: 3, stride: 1, list },
    };
    const gates = { ...card.pipeline.gates, floor: 0.3 };
    const out = await told({
      ...card,
      pipeline: { ...card.pipeline, gates },
      version: { ...card.version, evaluation },
    });
    assert.match(out, /^Average precision +0\.6128 \(0\.5500 to 0\.6700\)$/m);
    assert.match(out, /^Floor +Average precision 0\.3000 \(gates\.floor\)$/m);
    assert.match(out, /^To a constant prediction +\+0\.6000 \(\+0\.5000 to \+0\.7000\)$/m);
    assert.match(out, /^Calibration error +0\.0123$/m);
    assert.match(out, /difference to all rows by ROC AUC\. country PL is surely worse than all rows\.$/m);
    assert.match(out, /^country PL +900 rows +0\.4000 \(0\.3100 to 0\.5000\) +\u22120\.1200$/m);
    assert.match(out, /^abroad +900 rows/m);
    assert.match(out, /^12 were looked at/m);
  });

  it('tells how well each class is told, and names none of a sensitive label', async () => {
    const out = await told(aClassCard());
    assert.match(out, /^class +rows +answered +precision +recall +F1$/m);
    assert.match(out, /^low +7,000 +7,020 +0\.855 +0\.857 +0\.856$/m);
    assert.match(out, /^Log loss +0\.5100$/m);
    const hidden = await told(aClassCard({ sensitive: true }));
    assert.match(hidden, /^class 1 +7,000/m);
    assert.doesNotMatch(hidden, /\blow\b/);
  });

  it('says so where an earlier release evaluated it', async () => {
    assert.match((await shown(null)).out, /is not known: an earlier release evaluated it/);
  });
});

describe('perennial models try', () => {
  const models = createDoor(createWhatIf(whatIfPorts()), { record: async () => undefined }).as(ada);
  const trying = (...line: string[]) => perennial(['models', 'try', 'fraud', ...line], { models });

  it('tells the scores of versions side by side, what moved them, and what would change them', async () => {
    const { code, out } = await trying('v3', '{"amount": 60}', '--beside', 'v4');
    assert.equal(code, 0);
    assert.match(out, /^score +0\.05\d+ +0\.047\d+$/m);
    assert.match(out, /^amount +\+\S+ +-\S+ +60$/m);
    assert.match(out, /^online +0\.00 +- +false$/m);
    assert.match(out, /^v4 would answer otherwise \(0\.88\d+\) with amount = 600, merchant = gift cards\.$/m);
  });

  it('names the likeliest of several classes, and what would be answered otherwise', async () => {
    const ofClasses = createDoor(createWhatIf(portsOfClasses()), { record: async () => undefined }).as(ada);
    const { out } = await perennial(['models', 'try', 'fraud', 'v3'], { models: ofClasses });
    assert.match(out, /^score +0\.\d+$/m);
    assert.match(out, /^class +low$/m);
    assert.doesNotMatch(out, /^decision/m);
    assert.match(out, /^v3 would answer high \(0\.\d+\) with amount = 100\.$/m);
  });

  it("starts from a prediction's row, and prints the same facts as JSON", async () => {
    const { out } = await trying('v3', '--from', PREDICTION, '--json');
    assert.equal(JSON.parse(out).prediction, PREDICTION);
  });

  it('says what is wrong with a row that is none, and with an amount that is none', async () => {
    assert.match((await trying('v3', 'amount')).err, /The row is not JSON/);
    assert.match((await trying('v3', '[]')).err, /not a JSON object/);
    assert.match((await trying('v3', '--by', 'much')).err, /--by is "much"/);
  });
});

describe('perennial models compare', () => {
  const models = {
    compare: async (pipeline: string, versions: readonly number[]) =>
      comparisonOf(pipeline, versions.map((version) => aComparedVersion({ version }))),
  }; // prettier-ignore

  it('lays versions side by side, and says whether their holdouts differ', async () => {
    const { code, out } = await perennial(['models', 'compare', 'fraud', 'v3', '5', 'v7'], { models });
    assert.equal(code, 0);
    assert.match(out, /^ +v3 +v5 +v7\nStage +production +production +production\n/);
    assert.match(out, /\n\nAll were judged on the same holdout\./);
  });

  it('prints the same facts as JSON', async () => {
    const { out } = await perennial(['--json', 'models', 'compare', 'fraud', 'v3', 'v5'], { models });
    assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify(await models.compare('fraud', [3, 5]))));
  });
});

describe('perennial models bring', () => {
  const folder = folderPerTest();

  it('hands over the file, and says where to see what comes of it', async () => {
    const asked: object[] = [];
    const path = join(folder(), 'model.onnx');
    writeFileSync(path, 'bytes');
    const operations = { models: { bring: async (given: object) => (asked.push(given), { id: 'person/1' } as never) } };
    const line = ['models', 'bring', 'fraud', path, '--columns', 'amount,is_online', '--reason', 'theirs'];
    const { code, out } = await perennial(line, operations);
    assert.equal(code, 0);
    const named = ['amount', 'is_online'];
    assert.deepEqual(asked, [
      { pipeline: 'fraud', file: 'model.onnx', bytes: Buffer.from('bytes'), named, reason: 'theirs' },
    ]);
    assert.match(out, /^model\.onnx is read, and will be judged as a new version\. .*perennial status fraud$/m);
  });

  it('says which file it cannot read, and reads none that is far too large', async () => {
    const missing = await perennial(['models', 'bring', 'fraud', join(folder(), 'none.onnx')]);
    assert.match(missing.err, /none\.onnx cannot be read: /);
    const huge = join(folder(), 'huge.onnx');
    writeFileSync(huge, '');
    truncateSync(huge, 2 ** 40);
    const { code, err } = await perennial(['models', 'bring', 'fraud', huge]);
    assert.equal(code, 1);
    assert.match(err, /huge\.onnx has more than 64 MB, so it is no model of columns\./);
  });
});

describe('perennial models alias, tag, show and list', () => {
  function asking() {
    const asked: unknown[] = [];
    const told = <T>(answer: T) => async (given: unknown): Promise<T> => (asked.push(given), answer);
    const version = { ...aModelVersion(), version: 3, aliases: ['best'], tags: { owner: 'risk' }, note: 'looked at' };
    const models = {
      named: async () => 3,
      list: async () => [version, { ...aModelVersion(), version: 2 }],
      alias: told({ before: 2 }),
      unalias: told(undefined),
      describe: told({ tags: { owner: 'risk', reviewed: 'yes' }, note: 'fine' }),
    };
    const overview = { version: async (_name: string, number: number) => ({ version: { ...version, version: number }, declaration: aModelCard().pipeline, traffic: null, candidates: [] }) as never };
    return { asked, run: (...line: string[]) => perennial(['models', ...line], { models, overview }) };
  } // prettier-ignore

  it('gives a name to a version and takes it again, and says which version had it', async () => {
    const { asked, run } = asking();
    assert.equal((await run('alias', 'fraud', 'v3', 'best')).out, '"best" names v3 of fraud, no longer v2.\n');
    assert.equal(
      (await run('alias', 'fraud', 'best', 'best', '--remove')).out,
      '"best" no longer names v3 of fraud.\n',
    );
    const given = { pipeline: 'fraud', version: 3, alias: 'best' };
    assert.deepEqual(asked, [given, given]);
  });

  it('keeps tags and a note with a version that an alias names', async () => {
    const { asked, run } = asking();
    const { out } = await run('tag', 'fraud', 'best', 'reviewed=yes', '--remove', 'draft', '--note', 'fine');
    assert.deepEqual(asked, [{ pipeline: 'fraud', version: 3, tags: { reviewed: 'yes', draft: null }, note: 'fine' }]);
    assert.equal(out, 'v3 of fraud has owner=risk, reviewed=yes and the note "fine".\n');
    assert.match((await run('tag', 'fraud', 'v3', 'reviewed')).err, /"reviewed" is no tag\. Write NAME=VALUE/);
    assert.match((await run('tag', 'fraud', 'v3')).err, /Say what to keep/);
  });

  it('shows what a version is called, in a list too', async () => {
    const { run } = asking();
    const { out } = await run('show', 'fraud', 'best');
    assert.match(out, /^version +v3\nstage .*\naliases +best\ntags +owner=risk\nnote +looked at\n/);
    assert.match((await run('list', 'fraud')).out, /gate +called\nv3 .* best, owner=risk\nv2 .*passed\n$/);
    assert.deepEqual((JSON.parse((await run('list', 'fraud', '--json')).out) as { aliases: string[] }[])[0]!.aliases, ['best']);
  }); // prettier-ignore
});
