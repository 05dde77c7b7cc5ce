import { documentedCommands, type DocumentedCommand } from '../support/documented.ts';
import { writeParquet } from '../support/data/parquet.ts';
import { processesOf, type Program, repository, start, untilNobodyIsLeft } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Run by other means (the tests themselves, CI, the demo's test, this one), or meant for a machine with containers. */
const elsewhere = /^(npm (ci|start -- --doctor|run (check|demo|bench|chaos))|cp|docker|kubectl|helm)\b/;

/** Far more than a training takes on a busy machine, and less than the test may: one that hangs is named, with what it wrote. */
const LONGEST_COMMAND = 900_000;

/** A check of drift is due each half minute: by default it is each two seconds, which no command waits for. */
const SPEED = '120';

/** The example without what commands would wait for, at a time that the calendar sets. As declared it is the demo's. */
function trainedQuickly(): string {
  const declared = readFileSync(join(repository, 'pipelines/fraud.ts'), 'utf8');
  const changes: [RegExp, string][] = [
    [/candidates: .*/, 'candidates: [logistic()],'],
    [/steps: canary\(.*\)/, 'steps: []'],
    [/retraining: '0 3 \* \* 0'/, "retraining: 'off'"],
  ];
  return changes.reduce((text, [from, to]) => {
    assert.match(text, from);
    return text.replace(from, to);
  }, declared);
}

describe('npm start @slow', function () {
  this.timeout(1_800_000);
  const folder = join(tmpdir(), `perennial-start-${process.pid}`);
  before(async () => {
    mkdirSync(folder, { recursive: true }); // not where none of these tests is run
    await writeParquet(
      join(folder, 'rows.parquet'),
      `select 't-1' as transaction_id, timestamp '2026-01-19 10:00:00' as occurred_at, 940.0 as amount, 22.0 as amount_to_usual,
         'electronics' as merchant_category, 800.0 as distance_from_home, 9.0 as transactions_24h, 'web' as device,
         'US' as country, 3.0 as account_age_days, true as is_online`,
    );
  });
  const home = join(folder, '.perennial');
  const [run, main] = [join(repository, 'bin/run.js'), join(repository, 'local/main.ts')];
  const startIt = (...options: string[]): Program =>
    start(process.execPath, [run, main, '--home', home, '--speed', SPEED, ...options], { cwd: folder });
  let running: Program | undefined;
  let squatter: Server | undefined;

  before(() => {
    cpSync(join(repository, 'pipelines'), join(folder, 'pipelines'), { recursive: true });
    writeFileSync(join(folder, 'pipelines/fraud.ts'), trainedQuickly());
    for (const name of ['core', 'node_modules']) symlinkSync(join(repository, name), join(folder, name)); // for simulations
  });
  after(async () => {
    squatter?.close();
    running?.child.kill('SIGKILL');
    await untilNobodyIsLeft(home);
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes from nothing to a served champion, on another port than one in use, and says what to look at', async () => {
    squatter = createServer().on('error', () => undefined);
    await new Promise<void>((resolve) => squatter!.once('error', () => resolve()).listen(8080, '127.0.0.1', resolve));
    running = startIt();
    await running.says('Press d to inject drift');
    assert.match(running.stderr(), /Port 8080 is in use, so the prediction server listens on \d+/);
    assert.match(running.stderr(), /Predictions +http:\/\/127\.0\.0\.1:\d+\/docs/);
    assert.match(running.stderr(), /Temporal UI/);
    const log = readFileSync(join(home, 'logs', 'worker.log'), 'utf8');
    assert.match(log, /Training \w+ in process \d+ with our own kernel/);
  });

  it('runs every command that the documents show', async () => {
    const port = /Predictions +http:\/\/127\.0\.0\.1:(\d+)\/docs/.exec(running!.stderr())![1]!;
    // The tutorial has a folder of its own, and a test.
    const here = (each: DocumentedCommand): boolean =>
      each.file !== 'docs/tutorial.md' && !elsewhere.test(each.command);
    for (const { file, command } of documentedCommands().filter(here)) {
      const typed = command
        .replace(/^npx perennial/, `"${process.execPath}" "${join(repository, 'bin/perennial.js')}"`)
        .replace('127.0.0.1:8080', `127.0.0.1:${port}`);
      const program = start('sh', ['-c', typed], { cwd: folder });
      const said = (): string => `${file}: ${command}\n${program.stdout()}\n${program.stderr()}`;
      const late = setTimeout(() => program.child.kill('SIGKILL'), LONGEST_COMMAND);
      assert.equal(await program.ended, 0, said());
      clearTimeout(late);
      const score = command.includes('accept: text/csv')
        ? /^row,id,score.*\n1,[0-9a-f-]+,\d+\.\d+,/
        : /"score":\d+\.\d+/;
      if (command.includes('/predict/')) assert.match(program.stdout(), score, `${file}: ${program.stdout()}`);
      if (/\/(labels|outcomes)\//.test(command))
        assert.match(program.stdout(), /"received":1/, `${file}: ${program.stdout()}`);
      if (command.includes('/v2/'))
        assert.match(program.stdout(), /"outputs":\[\{"name":"score"/, `${file}: ${program.stdout()}`);
    }
  });

  it('refuses a second start in the same folder and names the first', async () => {
    const second = startIt();
    assert.equal(await second.ended, 1);
    assert.match(second.stderr(), /already runs in/);
  });

  it('injects drift when d is pressed', async () => {
    running!.child.stdin!.write('d');
    await running!.says(/Drift in fraud: from .* on/);
  });

  it('leaves no process behind when it is killed with -9, and the next start continues where it was', async () => {
    const before = JSON.parse(readFileSync(join(home, 'world.json'), 'utf8')) as { shown: string };
    assert.ok(processesOf(home).length > 3, 'the processes of a running home are found');
    running!.child.kill('SIGKILL');
    await running!.ended;
    await untilNobodyIsLeft(home);

    running = startIt();
    await running.says('Press d to inject drift');
    assert.doesNotMatch(running.stderr(), /Training loop/, 'the champion is still there');
    const after = JSON.parse(readFileSync(join(home, 'world.json'), 'utf8')) as {
      shown: string;
      driftSince: string | null;
    };
    assert.ok(after.shown >= before.shown);
    assert.notEqual(after.driftSince, null, 'the drift is remembered');
  });

  it('stops everything when q is pressed, and exits with 0', async () => {
    running!.child.stdin!.write('q');
    assert.equal(await running!.ended, 0, running!.stderr());
    await untilNobodyIsLeft(home);
  });
});
