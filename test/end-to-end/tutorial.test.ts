import { type Program, repository, start, untilNobodyIsLeft } from '../support/processes/programs.ts';
import { readTutorial } from '../support/processes/tutorial.ts';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Answer {
  predictions: { score: number; version: number }[];
}

describe('the tutorial, followed word for word @slow', function () {
  this.timeout(900_000);
  const parent = join(tmpdir(), `perennial-tutorial-${process.pid}`);
  before(() => void mkdirSync(parent, { recursive: true })); // not where none of these tests is run
  const folder = join(parent, 'bikes');
  const file = join(folder, 'bikes.ts');
  const { commands, declaration, changes, tsconfig } = readTutorial(folder);
  const [prepare = [], [npmStart = ''] = [], [ask = ''] = [], look = [], changeIt = []] = commands;
  let running: Program | undefined;
  let port = '';

  after(async () => {
    running?.child.kill('SIGKILL');
    await untilNobodyIsLeft(folder);
    rmSync(parent, { recursive: true, force: true });
  });

  async function type(command: string): Promise<string> {
    const here = command
      .replace(/^npx perennial/, `"${process.execPath}" bin/perennial.js`)
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`);
    const program = start('sh', ['-c', here]);
    assert.equal(await program.ended, 0, `${command}\n${program.stdout()}\n${program.stderr()}`);
    return program.stdout();
  }

  it('makes a folder of a CSV and a declaration', async () => {
    for (const command of prepare) await type(command);
    writeFileSync(file, declaration);
  });

  it('starts from them, with nothing else, to a champion that serves', async () => {
    const options = npmStart.split(' -- ')[1]!.split(' ');
    running = start(process.execPath, ['bin/run.js', 'local/main.ts', ...options]);
    await running.says('q to stop');
    assert.doesNotMatch(running.stderr(), /no champion|inject drift/);
    port = /Predictions +http:\/\/127\.0\.0\.1:(\d+)\/docs/.exec(running.stderr())![1]!;
  });

  it('gets answers, higher where fewer bikes are left', async () => {
    const { predictions } = JSON.parse(await type(ask)) as Answer;
    assert.equal(predictions.length, 3);
    assert.ok(predictions[0]!.score > predictions[1]!.score);
  });

  it('sees what serves', async () => {
    const status = await type(look[0]!);
    const models = await type(look[1]!);
    assert.match(status, /champion +v1 \(mlp\)[^]*4032 rows/);
    assert.match(models, /v1 +production/);
  });

  it('changes the declaration, and gets a better model into service for it', async () => {
    let text = readFileSync(file, 'utf8');
    for (const { from, to } of changes) {
      assert.ok(text.includes(from), `the declaration has the piece that is replaced: ${from}`);
      text = text.replace(from, to);
    }
    writeFileSync(file, text);
    const applied = await type(changeIt[0]!);
    const trained = await type(changeIt[1]!);
    const models = await type(changeIt[2]!);
    assert.match(applied, /bikes is at revision/);
    assert.match(trained, /v2 promoted: The challenger is better/);
    assert.match(models, /v2 +production/);
    const shown = await type(changeIt[2]!.replace('models bikes', 'models show bikes v2'));
    assert.match(shown, /The model that serves was trained again, the same way, on all [\d,]+ rows/);
    const apart = (answer: Answer): number => answer.predictions[0]!.score - answer.predictions[1]!.score;
    let answer = JSON.parse(await type(ask)) as Answer;
    while (answer.predictions[0]!.version === 1) answer = JSON.parse(await type(ask)) as Answer;
    assert.ok(apart(answer) > 0.4, 'quite another answer');
  });

  it('shows the place of a mistake, and stops when it is asked to', async () => {
    writeFileSync(file, readFileSync(file, 'utf8').replace('gates:', 'gate:'));
    const program = start('sh', [
      '-c',
      changeIt[0]!.replace('npx perennial', `"${process.execPath}" bin/perennial.js`),
    ]);
    assert.equal(await program.ended, 1);
    assert.match(program.stderr(), /bikes\.ts is not a valid pipeline:[^]*unknown key "gate"/);
    running!.child.stdin!.write('q');
    assert.equal(await running!.ended, 0, running!.stderr());
    await untilNobodyIsLeft(folder);
  });

  it('has types for an editor that knows their path', async () => {
    writeFileSync(file, declaration);
    writeFileSync(join(folder, 'tsconfig.json'), tsconfig);
    const compiler = start(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', folder]);
    assert.equal(await compiler.ended, 0, compiler.stdout());
    writeFileSync(file, declaration.replace('min: 1', 'mim: 1'));
    const mistaken = start(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', folder]);
    assert.notEqual(await mistaken.ended, 0);
    assert.match(mistaken.stdout(), /'mim' does not exist/);
  });

  it('has a CSV that its script still makes', async () => {
    const made = start(process.execPath, ['bin/run.js', 'docs/tutorial/make-bikes.ts'], { cwd: repository });
    assert.equal(await made.ended, 0);
    assert.equal(made.stdout(), readFileSync(join(repository, 'docs/tutorial/bikes.csv'), 'utf8'));
  });
});
