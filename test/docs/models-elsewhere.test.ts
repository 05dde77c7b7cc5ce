import { bringOnnx } from '../../core/brought/bring.ts';
import { exportModel, type ExportFormat } from '../../core/exports/index.ts';
import { type ModelArtifact } from '../../core/model/artifact.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { output } from '../../local/toolchain/tool.ts';
import { findPython } from '../../local/toolchain/tools/python.ts';
import { classModels, models, rows } from '../core/exports/models.ts';
import { folderPerTest } from '../support/folders.ts';
import { repository, start } from '../support/processes/programs.ts';
import { skip } from '../support/skipped.ts';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(repository, 'docs/models-elsewhere.md'), 'utf8');
const examples = new Map(
  [...page.matchAll(/^```(?:js|python)\n(?:\/\/|#) (\S+)\n(.*?)^```/gms)].map(([, name, code]) => [name!, code!]),
);
// The examples print scores; these print the probability of each class.
examples.set(
  'classes.mjs',
  `${examples.get('json.mjs')!}
console.log(JSON.stringify(JSON.parse(readFileSync('rows.json', 'utf8')).flatMap(scores)));
`,
);
examples.set(
  'classes.py',
  `${examples.get('score.py')!}
import onnx
onnx.checker.check_model('fraud.onnx', full_check=True)
label, probabilities = decision
classes = json.loads(model.get_modelmeta().custom_metadata_map['classes'])
costs = model.get_modelmeta().custom_metadata_map.get('costs')
places = probabilities.argmax(axis=1) if costs is None else (probabilities @ json.loads(costs)).argmin(axis=1)
assert [classes[place] for place in places] == label.ravel().tolist(), label
assert [row[place] for row, place in zip(probabilities.tolist(), places)] == score.ravel().tolist(), score
print(json.dumps(probabilities.ravel().tolist()))
`,
);
const titled = (all: Record<string, Record<string, ModelArtifact>>, of = '') =>
  Object.entries(all).flatMap(([kind, which]) =>
    Object.entries(which).map(([special, model]) => ({ title: `${kind} ${special}${of}`, model })),
  );
const all = [...titled(models), ...titled(classModels, ' for classes')];
const isWritten = ({ kind }: ModelArtifact, format: ExportFormat): boolean =>
  format !== 'tfjs' || (kind !== 'trees' && kind !== 'ensemble');

describe('docs/models-elsewhere.md @slow', () => {
  const folder = folderPerTest();

  /** Lays the exported model and the rows beside the example, as a reader would, and runs it. */
  async function scoresBy(command: string, example: string, model: ModelArtifact, format: ExportFormat) {
    for (const { name, bytes } of exportModel({ version: 1, model }, format)) {
      const path = join(folder(), format === 'tfjs' ? `air-quality-tfjs/${name}` : `fraud.${format}`);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, bytes);
    }
    const asked = [...rows, ...model.probe.rows];
    writeFileSync(join(folder(), 'rows.json'), JSON.stringify(asked));
    for (const name of [example, 'inputs.mjs']) writeFileSync(join(folder(), name), examples.get(name)!);
    symlinkSync(join(repository, 'node_modules'), join(folder(), 'node_modules'));
    const program = start(command, [example], { cwd: folder() });
    assert.equal(await program.ended, 0, program.stdout() + program.stderr());
    const scores = JSON.parse(program.stdout().trim().split('\n').at(-1)!) as number[];
    const { score, classes } = compileScorer(model);
    const width = scores.length / asked.length;
    const expected = asked.flatMap((row) => (width === 1 ? score(row) : [...classes!.probabilities(row)]));
    assert.equal(scores.length, expected.length);
    for (const [i, ours] of expected.entries()) {
      assert.ok(Math.abs(scores[i]! - ours) <= 1e-5 * Math.max(1, Math.abs(ours)), `row ${i}: ${scores[i]}, ours ${ours}`);
    }
  } // prettier-ignore

  for (const { title, model } of all)
    it(`scores a ${title} in plain JavaScript from JSON as the server does`, () =>
      scoresBy(process.execPath, model.classes ? 'classes.mjs' : 'json.mjs', model, 'json'));

  for (const { title, model } of all.filter(
    ({ title, model }) => isWritten(model, 'tfjs') && !title.includes('without an input'),
  ))
    it(`scores a ${title} in TF.js as the server does`, () => scoresBy(process.execPath, 'tfjs.mjs', model, 'tfjs'));

  describe('in Python', () => {
    let python = '';
    before(async function () {
      this.timeout(600_000); // the first time it is fetched
      if ((await output('python3', ['-m', 'pip', '--version']).catch(() => null)) === null)
        skip(this, 'ONNX files were not held against onnxruntime', 'Install python3 with pip and venv.');
      python = join((await findPython('onnx', { report: () => undefined })).folder, 'python');
    });

    for (const { title, model } of all.filter(({ model }) => isWritten(model, 'onnx')))
      it(`scores raw rows of a ${title} by onnxruntime as the server does`, () =>
        scoresBy(python, model.classes ? 'classes.py' : 'score.py', model, 'onnx'));

    it('writes a model of scikit-learn that can be brought', async () => {
      const learnt = Array.from({ length: 200 }, (_, i) => ({ amount: i, account_age_days: (i * 37) % 91, is_fraud: Number((i * 13) % 200 < i) })); // prettier-ignore
      writeFileSync(join(folder(), 'labelled.json'), JSON.stringify(learnt));
      writeFileSync(join(folder(), 'train.py'), examples.get('train.py')!);
      const program = start(python, ['train.py'], { cwd: folder() });
      assert.equal(await program.ended, 0, program.stderr());
      const number = { kind: 'number', nulls: 0 } as const;
      const { score } = compileScorer(
        bringOnnx(readFileSync(join(folder(), 'model.onnx')), {
          file: 'model.onnx',
          columns: { amount: number, account_age_days: number },
          label: 'binary',
          named: ['amount', 'account_age_days'],
        }),
      );
      assert.ok(score({ amount: 190, account_age_days: 9 }) > score({ amount: 10, account_age_days: 9 }));
    });

    it("gives the server's decisions, in a file that ONNX's own checker accepts", async () => {
      const model = models.network['with hidden layers']!;
      const { score } = compileScorer(model);
      examples.set('decide.py', `${examples.get('score.py')!}
import onnx
onnx.checker.check_model('fraud.onnx', full_check=True)
assert decision[0].ravel().tolist() == json.loads('${JSON.stringify(rows.concat(model.probe.rows).map((row) => score(row) >= model.threshold!))}'), decision
facts = model.get_modelmeta().custom_metadata_map
assert facts['version'] == 'v1' and len(json.loads(facts['encodings'])) == ${model.kind === 'network' ? model.layers[0]!.inputs : 0}
print(json.dumps(score.ravel().tolist()))
`); // prettier-ignore
      await scoresBy(python, 'decide.py', model, 'onnx');
    });

    it("gives the intervals of the server's estimates", async () => {
      const estimating: ModelArtifact = {
        ...models.network['with hidden layers']!,
        target: { mean: 20, deviation: 5 },
        calibration: { slope: 1, intercept: 0 },
        threshold: null,
      };
      const estimates = rows.map(compileScorer(estimating).score);
      const [least, most] = [Math.min(...estimates), Math.max(...estimates)];
      const at = [least + 1, (least + most) / 2, most - 1];
      const model = {
        ...estimating,
        interval: { coverage: 0.9, rows: 500, at, spread: [0.5, 2, 1], below: 1.7, above: 2.1 },
      };
      const { score, interval } = compileScorer(model);
      const spans = rows.concat(model.probe.rows).map((row) => interval!(score(row)));
      assert.ok(new Set(spans.map(({ low, high }) => (high - low).toFixed(3))).size > 2);
      examples.set('between.py', `${examples.get('score.py')!}
assert [output.name for output in model.get_outputs()][1:] == ['low', 'high']
for found, ours in zip(decision, json.loads('${JSON.stringify([spans.map(({ low }) => low), spans.map(({ high }) => high)])}')):
    assert np.allclose(found.ravel(), ours, atol=1e-4), (found, ours)
print(json.dumps(score.ravel().tolist()))
`); // prettier-ignore
      await scoresBy(python, 'between.py', model, 'onnx');
    });
  });
});
