import { actionlintTool, hadolintTool, shellcheckTool, trivyTool } from '../../local/toolchain/tools/checkers.ts';
import { find, lookHere, type Tool } from '../../local/toolchain/find.ts';
import { repository, start } from '../support/processes/programs.ts';
import { skip } from '../support/skipped.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The scripts of the repository that a shell runs. */
const scripts = (): string[] =>
  execFileSync('git', ['ls-files'], { cwd: repository, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /^(\.ci|infra|bin)\//.test(file))
    .filter((file) => /^#!.*\b(ba)?sh\n/.test(readFileSync(join(repository, file), 'utf8')));

async function check(tool: Tool, args: string[], cwd = repository): Promise<{ code: number | null; said: string }> {
  const { path } = await find(tool);
  const program = start(path, args, { cwd });
  const code = await program.ended;
  return { code, said: program.stdout() + program.stderr() };
}

describe('the files that deploy and check us', function () {
  this.timeout(300_000); // a checker may have to be fetched first
  const folder = folderPerTest();
  const workflowCheck = async (cwd: string) => {
    const { path } = await find(shellcheckTool);
    return check(actionlintTool, ['-shellcheck', path, '-no-color', '.github/workflows/ci.yml'], cwd);
  };

  it('have a Dockerfile in which hadolint finds no fault', async () =>
    assert.deepEqual(await check(hadolintTool, ['--no-color', 'Dockerfile']), { code: 0, said: '' }));

  it('have scripts in which ShellCheck finds no fault', async () => {
    const files = scripts();
    for (const file of ['.ci/run', 'infra/entrypoint', 'infra/temporal/set-up-schema']) assert.ok(files.includes(file));
    assert.deepEqual(await check(shellcheckTool, ['--color=never', ...files]), { code: 0, said: '' });
  });

  it('have workflows in which actionlint finds no fault', async () =>
    assert.deepEqual(await workflowCheck(repository), { code: 0, said: '' }));

  it('have a Dockerfile and a chart in which Trivy finds nothing insecure', async function () {
    const { found } = await lookHere(trivyTool);
    if (found === null) return skip(this, 'Dockerfile and chart are not scanned by Trivy', trivyTool.remedy);
    const how = ['config', '--skip-check-update', '--quiet', '--exit-code=1', '--ignorefile'];
    const ignored = join(repository, '.trivyignore');
    for (const each of ['Dockerfile', 'helm/perennial']) {
      const { code, said } = await check(trivyTool, [...how, ignored, each]);
      assert.equal(code, 0, said);
    }
    writeFileSync(join(folder(), 'Dockerfile'), 'FROM node:22\nUSER root\n');
    assert.equal((await check(trivyTool, [...how, ignored, 'Dockerfile'], folder())).code, 1);
  });

  it("fail with each checker's fault", async () => {
    writeFileSync(join(folder(), 'Dockerfile'), 'FROM node:latest\nRUN cd /app && npm ci\n');
    assert.match((await check(hadolintTool, ['--no-color', 'Dockerfile'], folder())).said, /DL3007.*latest/);
    writeFileSync(join(folder(), 'script'), '#!/bin/sh\nrm $1\n');
    assert.match((await check(shellcheckTool, ['--color=never', 'script'], folder())).said, /SC2086/);
    const steps = `      - run: rm $1\n      - run: echo "\${{ matrix.node }}"\n`;
    mkdirSync(join(folder(), '.github/workflows'), { recursive: true });
    const workflow = `on: push\njobs:\n  check:\n    runs-on: ubuntu-24.04\n    steps:\n${steps}`;
    writeFileSync(join(folder(), '.github/workflows/ci.yml'), workflow);
    const { code, said } = await workflowCheck(folder());
    assert.equal(code, 1);
    assert.match(said, /SC2086/);
    assert.match(said, /property "node" is not defined/);
  });
});
