import { repository } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: object; strategy: { matrix: { node: number[] } }; steps: Step[] }>;
}
interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

describe('the CI workflow', () => {
  const workflow = parse(readFileSync(join(repository, '.github/workflows/ci.yml'), 'utf8')) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('runs what a contributor runs, on the Nodes that the package allows', () => {
    assert.deepEqual(
      steps.flatMap(({ run }) => (run === undefined ? [] : [run])),
      ['.ci/run'],
    );
    assert.ok(statSync(join(repository, '.ci/run')).mode & 0o111);
    assert.deepEqual(jobs[0]?.strategy.matrix.node, [20, 22]);
    const { engines } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    assert.equal(engines.node, '>=20.19');
  });

  it('may read the repository and nothing else', () => {
    assert.deepEqual(workflow.permissions, { contents: 'read' });
    for (const job of jobs) assert.equal(job.permissions, undefined);
    assert.equal(steps.find(({ uses }) => uses?.startsWith('actions/checkout'))?.with?.['persist-credentials'], false);
  });

  it("takes actions of GitHub's own, each at a major version", () => {
    for (const { uses } of steps.filter((step) => step.uses !== undefined))
      assert.match(uses!, /^actions\/[a-z-]+@v\d+$/);
  });

  it("keeps the user's cache folder between runs", () => {
    assert.equal(steps.find(({ uses }) => uses?.startsWith('actions/cache@'))?.with?.['path'], '~/.cache/perennial');
  });
});
