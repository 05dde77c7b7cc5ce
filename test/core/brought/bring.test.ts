import { bringOnnx, type Wanted } from '../../../core/brought/bring.ts';
import { integer, joined, message, text, type Field } from '../../../core/exports/onnx/protobuf.ts';
import { parseTrainedModel, compileScorer } from '../../../core/model/scorer.ts';
import { type Columns } from '../../../core/columns/index.ts';
import { type Row } from '../../../core/data/data.ts';
import { input, node, output, tensor, type Attribute } from './parts.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** What onnxruntime says of models that scikit-learn made; golden/brought/make.py makes them. */
const golden = JSON.parse(readFileSync(new URL('../../golden/brought/models.json', import.meta.url), 'utf8')) as Record<
  string,
  { columns: string[] | null; rows: Row[]; scores: number[]; onnx: string }
>;
const columns: Columns = {
  amount: { kind: 'number', nulls: 0 },
  distance: { kind: 'number', nulls: 0 },
  hour: { kind: 'hour' },
  is_online: { kind: 'boolean', nulls: 0 },
  device: { kind: 'category', nulls: 0 },
};
const nullable: Columns = { ...columns, distance: { kind: 'number', nulls: 0.1 } };

const bytesOf = (name: string): Uint8Array => Buffer.from(golden[name]!.onnx, 'base64');
function bring(name: string, wanted: Partial<Wanted> = {}) {
  const named = golden[name]!.columns ?? undefined;
  return bringOnnx(bytesOf(name), { file: 'model.onnx', columns, label: 'binary', named, ...wanted });
}
const refused = (message: RegExp) => (error: Error & { code?: string }) => {
  assert.equal(error.code, 'MODEL_FILE_INVALID');
  assert.match(error.message, message);
  assert.match(error.message, /^model\.onnx cannot be brought: .*docs\/models-elsewhere\.md$/s);
  return true;
};

const brought = (graph: Field[], label: Wanted['label'] = 'binary', classes?: string[]) =>
  bringOnnx(joined([message(7, graph)]), { file: 'model.onnx', columns, label, classes });

describe('a model of scikit-learn', () => {
  for (const [name, label, declared] of [
    ['logistic', 'binary', columns],
    ['logistic with names of classes', 'binary', columns],
    ['network', 'binary', columns],
    ['mixed columns', 'binary', nullable],
    ['ridge', 'number', columns],
    ['network of numbers', 'number', columns],
  ] as const)
    it(`(${name}) scores as one of ours what onnxruntime scores, also after it was stored`, () => {
      const model = bring(name, { label, columns: declared });
      const { rows, scores } = golden[name]!;
      const { score } = compileScorer(parseTrainedModel(JSON.stringify(model)));
      for (const [i, row] of rows.entries()) {
        const [ours, theirs] = [score(row), scores[i]!];
        assert.ok(Math.abs(ours - theirs) <= 1e-5 * Math.max(1, Math.abs(theirs)), `row ${i}: ${ours}, not ${theirs}`);
      }
    });

  it('tells classes apart in their order, or by their names', () => {
    const { rows, scores } = golden['three classes']!;
    const model = bring('three classes', { label: 'class', classes: ['low', 'mid', 'high'] });
    assert.deepEqual(model.classes, ['low', 'mid', 'high']);
    const scorer = compileScorer(parseTrainedModel(JSON.stringify(model)));
    for (const [i, row] of rows.entries()) {
      const shares = scorer.classes!.probabilities(row);
      assert.ok(Math.abs(shares[1]! - scores[i]!) <= 1e-5, `row ${i}: ${shares.join()}, not ${scores[i]}`);
    }
    const network = golden['network with names of three classes']!;
    const { classes: named } = compileScorer(bring('network with names of three classes', { label: 'class', classes: ['low', 'mid', 'high'] })); // prettier-ignore
    for (const [i, row] of network.rows.entries())
      // scikit-learn sorts names: its second class is "low"
      assert.ok(Math.abs(named!.probabilities(row)[0]! - network.scores[i]!) <= 1e-5, `row ${i}`);

    const file = (names: string[]) => [
      input('amount'),
      node('ai.onnx.ml.LinearClassifier', ['amount'], ['label', 'p'], {
        coefficients: Float32Array.of(0, 0, 0),
        intercepts: Float32Array.of(1, 2, 3),
        classlabels_strings: names,
        post_transform: 'SOFTMAX',
      }),
      output('p'),
    ];
    const classes = ['low', 'mid', 'high'];
    const sorted = compileScorer(brought(file(['high', 'low', 'mid']), 'class', classes)).classes!.probabilities({
      amount: 1,
    });
    assert.deepEqual([...sorted].map((share) => share.toFixed(3)), ['0.245', '0.665', '0.090']); // prettier-ignore
    const firstOf = (declared: string[]): number =>
      compileScorer(brought(file(['0', '1', '2']), 'class', declared)).classes!.probabilities({ amount: 1 })[0]!;
    const numbered = [classes, ['1', '2', '3'], ['2', '1', '0']].map((declared) => firstOf(declared).toFixed(3));
    assert.deepEqual(numbered, ['0.090', '0.090', '0.665']);
    assert.throws(() => brought(file(['a', 'b', 'c']), 'class', classes), refused(/classes have other names than those in label\.classes/)); // prettier-ignore
  });

  it('is not clipped far from what it learnt from, since it never was', () => {
    const { score } = compileScorer(bring('ridge', { label: 'number' }));
    const of = (amount: number): number => score({ amount, distance: 0, hour: 0, is_online: false });
    assert.ok(of(1e6) > 2.5e6 && of(2e6) > 5e6);
  });
});

describe('a brought model', () => {
  const levels = (...names: string[]) => [
    input('is_online', 8),
    node('ai.onnx.ml.OneHotEncoder', ['is_online'], ['one'], { cats_strings: names }),
    tensor('weights', [2, 1], [10, 20]),
    node('MatMul', ['one', 'weights'], ['n']),
    output('n'),
  ];

  it('knows booleans by the names that pandas gives them, too', () => {
    for (const names of [
      ['False', 'True'],
      ['false', 'true'],
    ]) {
      const { score } = compileScorer(brought(levels(...names), 'number'));
      assert.deepEqual([score({ is_online: false }), score({ is_online: true })], [10, 20]);
    }
    assert.throws(
      () => brought(levels('no', 'yes'), 'number'),
      refused(
        /it knows "is_online" as "no", which is declared as a boolean: name its levels true and false in the file/,
      ),
    );
  });

  it('takes the mean as the usual value of a column that the file standardises', () => {
    const { encodings } = bring('logistic with names of classes');
    for (const encoding of encodings)
      if (encoding.kind === 'number') assert.ok(encoding.median === encoding.mean && encoding.mean !== 0);
  });

  it('can be read as it is stored, or is refused', () => {
    const imputer = node('ai.onnx.ml.Imputer', ['amount'], ['n'], {
      imputed_value_floats: Float32Array.of(Infinity),
      replaced_value_float: { float: NaN },
    });
    assert.throws(() => brought([input('amount'), imputer, output('n')], 'number'), refused(/median/));
    assert.throws(() => brought(levels(), 'number'), refused(/OneHotEncoder, .* it has no levels that are texts/));
  });
});

describe('an ONNX file that cannot be brought', () => {
  it('has an operator that is not read, which is named', () =>
    assert.throws(
      () => brought([input('amount'), node('ai.onnx.ml.SVMClassifier', ['amount'], ['label', 'p']), output('p')]),
      refused(/operator 1, ai\.onnx\.ml\.SVMClassifier, is not read\./),
    ));

  it('tells more than two classes apart where the label has two, or another number of them', () => {
    assert.throws(
      () => bring('three classes'),
      refused(/none of its outputs .* is the probability of a positive label/),
    );
    const wanted = { label: 'class', classes: ['low', 'mid', 'high', 'urgent'] } as const;
    assert.throws(() => bring('three classes', wanted), refused(/tells 3 classes apart, and label\.classes lists 4/));
  });

  it('takes one input, whose columns nobody named', () =>
    assert.throws(
      () => bring('logistic', { named: undefined }),
      refused(/its one input "X" takes all columns: name them in their order with --columns/),
    ));

  it('takes as many columns as it takes', () =>
    assert.throws(
      () => bring('logistic', { named: ['amount'] }),
      refused(/its input "X" takes 4 columns, and 1 are named/),
    ));

  it('takes a column that the pipeline does not declare', () => {
    assert.throws(
      () => bring('logistic', { named: ['amount', 'distance', 'hour', 'colour'] }),
      refused(/"colour" is no column of the pipeline/),
    );
    const { device: _, ...others } = columns;
    assert.throws(
      () => bring('mixed columns', { columns: others }),
      refused(/its input "device" is no column of the pipeline, whose columns are amount, distance, hour, is_online/),
    );
  });

  it('takes a category as a number', () =>
    assert.throws(
      () => bring('logistic', { named: ['amount', 'distance', 'hour', 'device'] }),
      refused(/takes "device" as a number, which is declared as a category/),
    ));

  it('does not say what stands for a value that may be missing', () =>
    assert.throws(
      () => bring('logistic', { columns: nullable }),
      refused(/"distance" may be null, and the file does not say.*add an imputer/),
    ));

  it('estimates a number where the label is a class, or the other way round', () => {
    assert.throws(
      () => bring('ridge'),
      refused(/none of its outputs \(variable\) is the probability of a positive label/),
    );
    assert.throws(
      () => bring('logistic', { label: 'number' }),
      refused(/none of its outputs \(label, probabilities\) is one number/),
    );
  });

  it('is no ONNX file, or ends early', () => {
    for (const bytes of [Buffer.from('PK\u0003\u0004 nonsense'), new Uint8Array(), Buffer.from('{"json": 1}')])
      assert.throws(() => bringOnnx(bytes, { file: 'model.onnx', columns, label: 'binary' }), refused(/./));
    const whole = bytesOf('network');
    for (let length = 1; length < whole.length; length += 37)
      assert.throws(
        () =>
          bringOnnx(whole.subarray(0, length), {
            file: 'model.onnx',
            columns,
            label: 'binary',
            named: golden['network']!.columns!,
          }),
        refused(/./),
      );
  });

  it('doubles its values until no memory would hold them', () => {
    const named = (i: number): string => (i === 0 ? 'amount' : `n${i}`);
    const doubled = Array.from({ length: 60 }, (_, i) =>
      node('Concat', [named(i), named(i)], [named(i + 1)], { axis: 1 }),
    );
    assert.throws(
      () => brought([input('amount'), ...doubled]),
      refused(/Concat, is not read here: it makes more than 10000 numbers/),
    );
  });

  it('joins or picks more numbers than are read, before it does', () => {
    const wide = [input('amount'), tensor('row', [1, 9000]), node('MatMul', ['amount', 'row'], ['wide'])];
    const joined = node('Concat', new Array<string>(1000).fill('wide'), ['all'], { axis: 1 });
    assert.throws(
      () => brought([...wide, joined]),
      refused(/Concat, is not read here: it makes more than 10000 numbers/),
    );
    for (const operator of ['Gather', 'ai.onnx.ml.ArrayFeatureExtractor'])
      assert.throws(
        () => brought([...wide, tensor('places', [20_000]), node(operator, ['wide', 'places'], ['all'], { axis: 1 })]),
        refused(/is not read here: it makes more than 10000 numbers/),
      );
  });

  it('has layers that are large together, each made of little', () => {
    const wide = [input('amount'), tensor('row', [1, 2000]), node('MatMul', ['amount', 'row'], ['layer0'])];
    const layers = Array.from({ length: 20 }, (_, i) => node('Relu', [`layer${i}`], [`layer${i + 1}`]));
    const one = [tensor('column', [2000, 1]), node('MatMul', ['layer20', 'column'], ['sum']), output('sum')];
    assert.throws(
      () => brought([...wide, ...layers, ...one], 'number'),
      refused(/its layers have more than 4000000 weights/),
    );
  });

  it('asks for little work so often that it is much', () => {
    const file = [
      input('amount'),
      tensor('row', [1, 1000]),
      tensor('square', [1000, 1000]),
      tensor('column', [1000, 1]),
    ];
    const wide = [
      node('MatMul', ['amount', 'row'], ['n']),
      node('Relu', ['n'], ['layer']),
      node('MatMul', ['layer', 'square'], ['wide']),
    ];
    const products = Array.from({ length: 1000 }, (_, i) => node('MatMul', ['wide', 'column'], [`product${i}`]));
    assert.throws(() => brought([...file, ...wide, ...products]), refused(/the file takes too much work/));
  });

  it('casts numbers to what holds less, which is not ours to do', () => {
    const file = (to: number) => [input('amount'), node('Cast', ['amount'], ['n'], { to }), output('n')];
    for (const to of [7, 9, 6, 10])
      assert.throws(
        () => brought(file(to), 'number'),
        refused(new RegExp(`Cast, is not .*: it casts numbers to type ${to}`)),
      );
    for (const to of [1, 11]) assert.ok(brought(file(to), 'number'));
  });

  it('rescales probabilities in another way', () => {
    const [w, half] = [Float32Array.of(-2, 2), Float32Array.of(-1, 2)];
    const file = (coefficients: Float32Array, norm: Record<string, string>) => [
      input('amount'),
      node('ai.onnx.ml.LinearClassifier', ['amount'], ['label', 'raw'], {
        coefficients,
        classlabels_strings: ['0', '1'],
        post_transform: 'LOGISTIC',
      }),
      node('ai.onnx.ml.Normalizer', ['raw'], ['p'], norm),
      output('p'),
    ];
    assert.ok(brought(file(w, { norm: 'L1' })));
    for (const norm of [{}, { norm: 'L2' }])
      assert.throws(() => brought(file(w, norm)), refused(/Normalizer, is not read here: .* \(norm (MAX|L2)\)/));
    assert.throws(() => brought(file(half, { norm: 'L1' })), refused(/LinearClassifier, .* do not add up to 1/));
  });

  it('joins, picks or compares rows', () => {
    const [a, b] = [input('amount'), input('distance')];
    const inputs = ['amount', 'distance'];
    const joined = (axis: Record<string, number>) => [a, b, node('Concat', inputs, ['n'], axis)];
    for (const [operator, axis] of [
      ['Softmax', 0],
      ['Gather', 0],
      ['Flatten', 2],
    ] as const)
      assert.throws(
        () => brought([...joined({ axis: 1 }), tensor('place', [1]), node(operator, ['n', 'place'], ['m'], { axis })]),
        refused(new RegExp(`${operator}, is not read here: it is along axis ${axis}, not along the columns`)),
      );
    assert.throws(() => brought(joined({ axis: 0 })), refused(/Concat, .* along axis 0/));
    assert.throws(() => brought(joined({ axis: 2 })), refused(/Concat, .* along axis 2/));
    const column = [tensor('column', [2, 1]), node('MatMul', ['n', 'column'], ['m']), output('m')];
    for (const axis of [1, -1]) assert.ok(brought([...joined({ axis }), ...column], 'number'));
  });

  it('reshapes rows into something else', () => {
    const [a, b] = [input('amount'), input('distance')];
    const both = node('Concat', ['amount', 'distance'], ['n'], { axis: 1 });
    const weights = [tensor('weights', [2, 1]), node('MatMul', ['m', 'weights'], ['sum']), output('sum')];
    const file = (shape: number[], attributes = {}) =>
      [a, b, both, tensor('shape', [shape.length], shape), node('Reshape', ['n', 'shape'], ['m'], attributes), ...weights]; // prettier-ignore
    for (const shape of [[-1, 2], [0, 2], [0, -1]]) assert.ok(brought(file(shape), 'number')); // prettier-ignore
    for (const shape of [[-1, 1], [2, -1], [1, 2], [-1, 1, 2], [-1], [3, 2], []])
      assert.throws(
        () => brought(file(shape), 'number'),
        refused(new RegExp(`Reshape, is not read here: it makes ${shape.join(' x ') || 'nothing'} of rows of 2`)),
      ); // prettier-ignore
    assert.throws(() => brought(file([0, 2], { allowzero: 1 }), 'number'), refused(/Reshape, .* 0 to mean no rows/));
  });

  it('fills in for zeros, as an imputer does that does not say for what', () => {
    const imputer = node('ai.onnx.ml.Imputer', ['amount'], ['n'], { imputed_value_floats: Float32Array.of(3) });
    assert.throws(() => brought([input('amount'), imputer, output('n')], 'number'), refused(/another value than a missing/));
  }); // prettier-ignore

  it('leaves out the value of an attribute that is zero, as protobuf does', () => {
    const [INTEGER, FLOAT, FLOATS] = [2, 1, 6];
    const both = (axis: Attribute) => [
      input('amount'),
      input('distance'),
      node('Concat', ['amount', 'distance'], ['n'], { axis }),
    ];
    assert.throws(() => brought(both({ leftOut: INTEGER })), refused(/Concat, .* along axis 0/));
    assert.throws(() => brought(both({ leftOut: FLOATS })), refused(/Concat, .* its attribute "axis" is of type 6/));
    const sum = [input('amount'), tensor('w', [1, 1], [2]), tensor('b', [1], [5])];
    const gemm = node('Gemm', ['amount', 'w', 'b'], ['n'], { beta: { leftOut: FLOAT } });
    assert.equal(compileScorer(brought([...sum, gemm, output('n')], 'number')).score({ amount: 3 }), 6);
  });

  it('takes one input twice', () =>
    assert.throws(
      () => brought(new Array<Field>(30_000).fill(input('amount'))),
      refused(/it has two inputs "amount"/),
    ));

  it('says that it holds a terabyte', () => {
    const tensor = message(5, [integer(1, 2 ** 38), integer(2, 1), text(8, 'weights')]);
    const bomb = joined([message(7, [tensor])]);
    assert.throws(
      () => bringOnnx(bomb, { file: 'model.onnx', columns, label: 'binary' }),
      refused(/"weights" has 0 values, not 274877906944/),
    );
  });
});
